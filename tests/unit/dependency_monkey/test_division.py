from __future__ import annotations

from dependency_monkey.classes import Classes
from dependency_monkey.division import Part, Present, Touched, divide, touched_by
from dependency_monkey.universe import BASE, Package, Requirement, Universe

NOTHING: frozenset[int] = frozenset()
#: 0 and 1 ask for 2; 3 asks for 4 only where its extra is wanted; 4 asks for nothing.
UNIVERSE = Universe(
    (
        Package("first", ("1.0",), (((Requirement(2, 0b01),),),)),
        Package("second", ("1.0",), (((Requirement(2, 0b11),),),)),
        Package("shared", ("1.0", "2.0"), (((), ()),)),
        Package("extra", ("1.0",), (((),), ((Requirement(4, 0b1),),))),
        Package("last", ("1.0", "2.0"), (((), ()),)),
    ),
    (),
)
CLASSES = Classes(UNIVERSE, [package.all_versions for package in UNIVERSE.packages])


def state(*presents: Present) -> dict[int, Present]:
    return {present.package: present for present in presents}


FIRST, SECOND = Present(0, 1, 0, BASE), Present(1, 1, 0, BASE)
SHARED, NARROWED = Present(2, 0b11, BASE, 0), Present(2, 0b01, BASE, 0)


def test_what_is_not_there_yet_is_coming() -> None:
    found = touched_by(FIRST, state(FIRST), NOTHING, CLASSES)
    assert found == Touched(NOTHING, NOTHING, frozenset({2}))


def test_a_requirement_that_admits_what_is_left_is_settled() -> None:
    assert touched_by(FIRST, state(FIRST, SHARED), NOTHING, CLASSES).influenced == {2}
    found = touched_by(FIRST, state(FIRST, NARROWED), NOTHING, CLASSES)
    assert found == Touched(NOTHING, frozenset({2}), NOTHING)
    assert touched_by(FIRST, state(FIRST), frozenset({2}), CLASSES).settled == {2}


def test_an_extra_of_what_is_there_awakes_its_requirements() -> None:
    asks = Package("asks", ("1.0",), (((Requirement(3, 1, 0b11),),),))
    classes = Classes(Universe((*UNIVERSE.packages, asks), ()), [1, 1, 0b11, 1, 0b11, 1])
    asking, extra = Present(5, 1, 0, BASE), Present(3, 1, BASE, 0)
    found = touched_by(asking, state(asking, extra), NOTHING, classes)
    assert found == Touched(frozenset({3}), NOTHING, frozenset({4}))


def test_who_brings_the_same_package_is_in_one_part() -> None:
    alone, parts = divide(state(FIRST, SECOND), NOTHING, {}, CLASSES)
    assert alone == []
    assert [part for part, _ in parts] == [Part((FIRST, SECOND), NOTHING)]


def test_what_is_settled_is_apart_and_granted() -> None:
    given = state(FIRST, SECOND, NARROWED)
    alone, parts = divide(given, NOTHING, {}, CLASSES)
    assert alone == [NARROWED]
    granted = frozenset({2})
    assert [part for part, _ in parts] == [Part((FIRST,), granted), Part((SECOND,), granted)]
    assert [list(reach) for _, reach in parts] == [[0], [1]]


def test_what_is_known_is_not_found_out_again() -> None:
    told = Touched(frozenset({1}), NOTHING, NOTHING)
    _, parts = divide(state(FIRST, SECOND), NOTHING, {0: told}, CLASSES)
    assert [part.presents for part, _ in parts] == [(FIRST, SECOND)]
    assert parts[0][1][0] is told


def test_what_is_touched_changes_with_what_it_touches() -> None:
    touched = Touched(frozenset({1}), frozenset({2}), frozenset({3}))
    assert [touched.by_any_of({package}) for package in range(5)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_extras_that_may_never_be_asked_for_together_are_followed_one_by_one() -> None:
    """Both extras of `middle` need `last`, at versions that exclude each other."""
    last = Package("last", ("1.0", "2.0"), (((), ()), ((Requirement(2, 1),),) * 2))
    middle = Package(
        "middle",
        ("1.0",),
        (((),), ((Requirement(0, 0b01, 0b11),),), ((Requirement(0, 0b10, 0b11),),)),
    )
    far = Package("far", ("1.0",), (((),),))
    head = Package(
        "head", ("1.0", "2.0"), (((Requirement(1, 1, 0b011),), (Requirement(1, 1, 0b101),)),)
    )
    classes = Classes(Universe((last, middle, far, head), ()), [0b11, 1, 1, 0b11])
    asking = Present(3, 0b11, 0, BASE)
    found = touched_by(asking, state(asking), NOTHING, classes)
    assert found.coming == {0, 1, 2}

    waiting = Present(1, 1, BASE, 0)
    found = touched_by(asking, state(asking, waiting), NOTHING, classes)
    assert (found.influenced, found.coming) == ({1}, {0, 2})
