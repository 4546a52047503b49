"""Another process that loads one core at random times, for as long as a block of code lasts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: Mean seconds of a busy and of an idle spell; both are exponential.
SPELL_S = 2.0

_PROGRAM = """
import os, random, sys, time
draw, parent = random.Random(int(sys.argv[1])), os.getppid()
while os.getppid() == parent:
    end = time.monotonic() + draw.expovariate(1 / float(sys.argv[2]))
    while time.monotonic() < end and os.getppid() == parent:
        sum(range(10000))
    end = time.monotonic() + draw.expovariate(1 / float(sys.argv[2]))
    while (left := end - time.monotonic()) > 0 and os.getppid() == parent:
        time.sleep(min(left, 0.2))
"""


@contextmanager
def one_core_loaded(seed: int) -> Iterator[None]:
    """Half of the time, in spells of random length, one core has other work to do."""
    burner = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(seed), str(SPELL_S)])
    try:
        yield
    finally:
        burner.kill()
        burner.wait()
