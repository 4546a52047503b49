from __future__ import annotations

import time

import pytest

from dependency_monkey import cover_versions
from dependency_monkey.cover_versions import fewest_with_every_version, greedy
from dependency_monkey.marginals import marginals
from tests.support.random_universes import case, satisfiable

#: Seeds of spaces in which stack after stack the widest is one too many in the end.
TRAPS = (161, 310, 407, 793, 810, 1041, 1306)


def test_the_greedy_cover_is_whole() -> None:
    for one, graph in satisfiable(80):
        found = greedy(one.universe, graph)
        assert all(stack in one.stacks for stack in found)
        assert {item for stack in found for item in stack.items()} == set(marginals(graph))


@pytest.mark.parametrize("seed", TRAPS)
def test_fewer_stacks_than_the_greedy_cover_are_found_and_proven(seed: int) -> None:
    one = case(seed)
    assert one.graph is not None
    stacks, least = fewest_with_every_version(one.universe, one.graph, time.monotonic() + 10)
    assert least == len(stacks) < len(greedy(one.universe, one.graph))


@pytest.mark.parametrize("seed", [*TRAPS, 81, 135])
def test_where_prices_prove_too_little_the_solver_goes_on(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = case(seed)
    assert one.graph is not None
    known = fewest_with_every_version(one.universe, one.graph, time.monotonic() + 10)
    monkeypatch.setattr(cover_versions, "_priced", lambda *_: 1)
    monkeypatch.setattr(cover_versions, "_most_versions", lambda _: 1)
    stacks, least = fewest_with_every_version(one.universe, one.graph, time.monotonic() + 10)
    assert (len(stacks), least) == (len(known[0]), known[1])
    assert {item for stack in stacks for item in stack.items()} == set(marginals(one.graph))
