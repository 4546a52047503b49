from __future__ import annotations

import pytest

from amun_core.condition import MEANINGS, Condition, shows_sharing


@pytest.mark.parametrize(
    ("signs", "shared"),
    [
        ([], False),
        (["run 3 of a: the hypervisor took 4.0% of the CPU time"], True),
        (["run 3 of b: other processes used 45.2% of the CPU time"], True),
        # what a run may do to itself, on the quietest host
        (["run 3 of b: work waited for a CPU in 92.9% of the time"], False),
        (["run 3 of b: the CPU quota stopped the run in 12 periods"], False),
        (["run 3 of b: the CPU slowed itself for heat 2 times"], False),
    ],
)
def test_which_signs_are_of_other_work(signs: list[str], shared: bool) -> None:
    assert shows_sharing(signs) is shared


def test_every_condition_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Condition)
