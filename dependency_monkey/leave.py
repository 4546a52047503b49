"""Which pre-releases of a project may be in some stack, by the requirements that were met so far.

A pre-release needs leave: a requirement that names one, or requirements in force together that no final
version fits. What is in force together is known only in a stack. Here each pre-release is tried with
everything that was met and admits it: where that leaves a final version, no stack has it. More
requirements let more in, never less, so it does not matter when they are met.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

from dependency_monkey.universe import bits


class Leave:
    """`barred` is the mask of the pre-releases of `versions` that need leave, `given` of those that may."""

    def __init__(self, versions: Sequence[Version] = (), *, needed: bool = False) -> None:
        early = sum(1 << place for place, one in enumerate(versions) if one.is_prerelease)
        every = (1 << len(versions)) - 1
        # where there are pre-releases alone none needs leave
        self.barred = early if needed and early != every else 0
        self.given = 0
        finals = every & ~early
        self._finals = dict.fromkeys(bits(self.barred), finals)

    @property
    def withheld(self) -> int:
        """The pre-releases that no stack has, as far as is known."""
        return self.barred & ~self.given

    def meet(self, admitted: int, *, names: bool) -> bool:
        """Take a requirement that admits these; whether a pre-release has leave now that had none."""
        before = self.given
        for place in bits(admitted & self.withheld):
            left = self._finals[place] = 0 if names else self._finals[place] & admitted
            if not left:
                self.given |= 1 << place
        return self.given != before
