from __future__ import annotations

from inspector.pulses import Pulses


def test_only_what_stays_the_same_gets_older():
    now = [5.0]
    pulses = Pulses(lambda: now[0])
    assert pulses.still_seconds("a", 1) == 0
    now[0] += 3
    assert pulses.still_seconds("a", 1) == 3
    assert pulses.still_seconds("a", 0.5) == 0
    now[0] += 2
    assert pulses.still_seconds("a", 0.5) == 2
    pulses.keep([])
    assert pulses.still_seconds("a", 0.5) == 0
