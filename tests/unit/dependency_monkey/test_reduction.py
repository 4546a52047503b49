from __future__ import annotations

from dependency_monkey.reduction import reduce
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import cases


def test_no_version_of_a_valid_stack_is_dropped() -> None:
    for case in cases():
        alive = reduce(case.universe).alive
        for stack in case.stacks:
            assert all(alive[one] >> version & 1 for one, version in stack.items()), case.seed


def test_what_must_be_there_is_in_every_stack() -> None:
    for case in cases():
        for package in reduce(case.universe).must:
            assert all(package in stack for stack in case.stacks), case.seed


def test_what_is_called_empty_has_no_stack() -> None:
    found = [case for case in cases() if reduce(case.universe).empty]
    assert len(found) > 5
    assert not any(case.stacks for case in found)


def test_a_death_causes_others_until_nothing_changes() -> None:
    """3 of `last` is no version there; who asks for it is dead, and who asks for that one too."""
    last = Package("last", ("1.0",), (((),),))
    middle = Package("middle", ("1.0", "2.0"), (((Requirement(0, 1),), (Requirement(0, 0),)),))
    first = Package("first", ("1.0", "2.0"), (((Requirement(1, 0b11),), (Requirement(1, 0b10),)),))
    reduced = reduce(Universe((last, middle, first), (Requirement(2, 0b11),)))

    assert reduced.alive == (0b1, 0b01, 0b01)
    assert set(reduced.must) == {0, 1, 2}


def test_what_nobody_asks_for_is_not_reached() -> None:
    lonely = Package("lonely", ("1.0",), (((),),))
    asked = Package("asked", ("1.0",), (((),),))
    assert reduce(Universe((lonely, asked), (Requirement(1, 1),))).alive == (0, 1)
