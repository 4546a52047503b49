"""Other processes that load cores at random times, for as long as a block of code lasts."""

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
busy, idle = map(float, sys.argv[2:])
while os.getppid() == parent:
    end = time.monotonic() + draw.expovariate(1 / busy)
    while time.monotonic() < end and os.getppid() == parent:
        sum(range(10000))
    end = time.monotonic() + (draw.expovariate(1 / idle) if idle else 0)
    while (left := end - time.monotonic()) > 0 and os.getppid() == parent:
        time.sleep(min(left, 0.2))
"""


@contextmanager
def one_core_loaded(seed: int) -> Iterator[None]:
    """Half of the time, in spells of random length, one core has other work to do."""
    with cores_loaded(seed, cores=1):
        yield


@contextmanager
def cores_loaded(
    seed: int, *, cores: int, busy_s: float = SPELL_S, idle_s: float = SPELL_S
) -> Iterator[None]:
    """`cores` processes, each busy for spells of `busy_s` and idle for spells of `idle_s` on average.

    With `idle_s` 0 they never rest.
    """
    burners = [
        subprocess.Popen([sys.executable, "-c", _PROGRAM, str(seed + n), str(busy_s), str(idle_s)])
        for n in range(cores)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
        for burner in burners:
            burner.wait()
