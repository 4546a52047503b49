"""What else used the host beside a run by hand: the same answer as a measurer's."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest

from amun_client.run_noise import relative_spread, shared_signs
from inspector.disturbance import disturbances

NAMES = ("user", "nice", "system", "irq", "softirq", "idle", "iowait", "steal")


def drawn(seed: int) -> dict[str, Any]:
    random, hertz = Random(seed), os.sysconf("SC_CLK_TCK")
    before = {name: random.randrange(10**6) for name in NAMES}
    spent = {name: random.choice([0, 1, 20, hertz, 9 * hertz]) for name in NAMES}
    after = {name: before[name] + spent[name] for name in NAMES}
    busy = (sum(spent.values()) - spent["idle"]) / hertz
    usage = {"ru_utime": busy * random.random(), "ru_stime": 0.0}
    return {"before": {"cpu_ticks": before}, "after": {"cpu_ticks": after}, "usage": usage}


@pytest.mark.parametrize("seed", range(200))
def test_signs_are_those_of_a_measurer(seed: int) -> None:
    run = drawn(seed)
    assert shared_signs(run) == disturbances(run["before"], run["after"], run["usage"])


@pytest.mark.parametrize("run", [{}, {"before": None, "after": None}, {"before": {}, "after": {}}])
def test_a_host_that_tells_nothing_has_no_signs(run: dict[str, Any]) -> None:
    assert shared_signs(run) == []


def test_spread_is_of_the_iterations_that_count() -> None:
    values = [99.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert relative_spread({"samples": {"values": values, "warmups": 1}}) == pytest.approx(1.0)
    assert relative_spread({"samples": {"values": values[:4], "warmups": 1}}) is None
    assert relative_spread({"samples": {"values": [0.0] * 9, "warmups": 0}}) is None
    assert relative_spread({}) is None
