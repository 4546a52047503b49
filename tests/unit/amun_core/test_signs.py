"""What a sign of life is worth."""

from __future__ import annotations

import pytest

from amun_core.signs import bound_seconds, role_of, working


@pytest.mark.parametrize(
    ("age", "detail", "lease", "state"),
    [
        (0.0, {}, 30.0, "works"),
        (29.0, {}, 30.0, "works"),
        (31.0, {}, 30.0, "silent"),
        (31.0, {"quiet_seconds": 500.0}, 30.0, "silent"),
        (1.0, {"quiet_seconds": 31.0}, 30.0, "hangs"),
        (20.0, {"quiet_seconds": 11.0}, 30.0, "hangs"),
        (1.0, {"quiet_seconds": "?"}, 30.0, "works"),
        (10.0, {}, 0.5, "works"),
        (16.0, {}, 0.5, "silent"),
        (100.0, {}, 300.0, "works"),
    ],
)
def test_a_sign_is_worth_something_for_a_leases_time(age, detail, lease, state):
    assert working(age, detail, lease) == state


def test_no_bound_is_shorter_than_a_few_signs():
    assert bound_seconds(0.1) == bound_seconds(15.0) == 15.0


def test_a_sign_is_named_by_its_role():
    assert (role_of("builder@a@b"), role_of("reaper")) == ("builder", "reaper")
