from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.universe import BASE, Package, Requirement, Universe, bits


@given(st.sets(st.integers(0, 300)))
def test_the_bits_of_a_mask_are_the_places_it_was_made_of(places: set[int]) -> None:
    assert list(bits(sum(1 << place for place in places))) == sorted(places)


def test_a_version_requires_what_each_feature_that_is_asked_for_requires() -> None:
    base, extra = Requirement(1, 0b1), Requirement(1, 0b10)
    head = Package("head", ("1.0",), (((base,),), ((extra,),)))
    universe = Universe((head, Package("other", ("1.0", "2.0"), (((), ()),))), (base,))

    assert list(universe.required(0, 0, BASE)) == [base]
    assert list(universe.required(0, 0, 0b10)) == [extra]
    assert list(universe.required(0, 0, 0b11)) == [base, extra]
    assert list(universe.required(0, 0, 0b100)) == []  # a feature that the package does not have


def test_the_mask_of_all_versions() -> None:
    assert Package("other", ("1.0", "2.0", "3.0"), (((),) * 3,)).all_versions == 0b111
