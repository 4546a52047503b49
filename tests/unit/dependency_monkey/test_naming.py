from __future__ import annotations

from dependency_monkey.naming import Naming
from dependency_monkey.universe import Package, Universe
from tests.support.random_universes import crawled_of

UNIVERSE = Universe(
    (
        Package("zope-interface", ("5.0", "6.0.post1"), (((), ()),)),
        Package("attrs", ("21.1.0",), (((),),)),
    ),
    (),
)
NAMING = Naming(crawled_of(UNIVERSE))


def test_a_stack_is_sorted_by_name() -> None:
    stack = NAMING.stack_of({0: 1, 1: 0})
    assert list(stack.items()) == [("attrs", "21.1.0"), ("zope-interface", "6.0.post1")]


def test_names_and_versions_are_found_however_they_are_written() -> None:
    written = {"Zope.Interface": "6.0-1", "ATTRS": "21.1"}
    assert NAMING.choice_of(written) == {0: 1, 1: 0}


def test_what_is_not_known_gets_numbers_that_are_in_no_stack() -> None:
    choice = NAMING.choice_of({"attrs": "99", "nobody": "1", "none": "1", "zope-interface": "five"})
    assert choice.pop(0) == 2
    assert choice.pop(1) == 1
    assert len(choice) == 2
    assert min(choice) >= 2


def test_one_by_one() -> None:
    assert NAMING.package("attrs") == 1
    assert NAMING.package("nobody") is None
    assert NAMING.version(1, "21.1.0.0") == 0
    assert NAMING.version(1, "21.2") is None
    assert NAMING.version(1, "new") is None
