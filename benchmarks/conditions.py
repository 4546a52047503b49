"""False verdicts of one stack against itself while other work comes and goes, in each condition.

The blocks are measured once, with both CPUs busy by other work in 60 % of the time, in spells of random
length; half of a record's blocks are then quiet, half are not. They are lived through again as
comparisons with coins thrown anew: of all blocks, as `any` takes them, of the quiet ones alone, as
`quiet` does, and of the others alone.
"""

from __future__ import annotations
