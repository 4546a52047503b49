from __future__ import annotations

from dependency_monkey.classes import Classes, Together, demand_of
from dependency_monkey.universe import BASE, Package, Requirement, Universe
from tests.support.random_universes import cases

LOW, HIGH, ANY = Requirement(0, 0b01), Requirement(0, 0b10), Requirement(0, 0b11)
TAIL = Package("tail", ("1.0", "2.0"), (((), ()),))
HEAD = Package("head", ("1.0", "2.0", "3.0", "4.0"), (((LOW,), (HIGH,), (LOW,), ()),))
UNIVERSE = Universe((TAIL, HEAD), (Requirement(1, 0b1111),))


def test_versions_that_ask_for_the_same_are_one_class() -> None:
    classes = Classes(UNIVERSE, (0b11, 0b1111))
    low, high = {0: (0b01, BASE)}, {0: (0b10, BASE)}
    assert classes.of(1, 0b1111, BASE) == [(0b0101, low), (0b0010, high), (0b1000, {})]
    assert classes.of(1, 0b0110, BASE) == [(0b0100, low), (0b0010, high)]


def test_what_dead_versions_would_tell_apart_is_the_same() -> None:
    classes = Classes(Universe((TAIL, HEAD), ()), (0b01, 0b1101))
    universe = Universe((TAIL, Package("head", ("1.0", "2.0"), (((LOW,), (ANY,)),))), ())
    assert classes.of(1, 0b1101, BASE) == [(0b0101, {0: (0b01, BASE)}), (0b1000, {})]
    assert Classes(universe, (0b01, 0b11)).of(1, 0b11, BASE) == [(0b11, {0: (0b01, BASE)})]


def test_what_versions_say_together() -> None:
    classes = Classes(UNIVERSE, (0b11, 0b1111))
    assert classes.together(1, 0b0011, BASE) == [Together(0, 0b00, 0b11, BASE)]
    assert classes.together(1, 0b1101, BASE) == [Together(0, 0b01, 0b01, BASE)]
    assert classes.together(1, 0b1000, BASE) == []


def test_requirements_of_one_package_are_met_together() -> None:
    asked = [Requirement(0, 0b011, 0b001), Requirement(1, 0b1), Requirement(0, 0b110, 0b100)]
    assert demand_of(asked) == {0: (0b010, 0b101), 1: (0b1, BASE)}


def test_classes_of_any_mask_are_those_of_each_version() -> None:
    for case in cases(60):
        packages = case.universe.packages
        classes = Classes(case.universe, [package.all_versions for package in packages])
        for number, package in enumerate(packages):
            for mask in range(1, package.all_versions + 1):
                found = classes.of(number, mask, 0b111)
                assert sum(members for members, _ in found) == mask
                for members, demand in found:
                    for version in range(len(package.versions)):
                        if members >> version & 1:
                            own = demand_of(case.universe.required(number, version, 0b111))
                            full = {
                                target: (admitted & packages[target].all_versions, wanted)
                                for target, (admitted, wanted) in own.items()
                            }
                            assert full == demand, case.seed
