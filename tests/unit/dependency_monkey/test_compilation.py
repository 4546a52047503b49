from __future__ import annotations

import inspect
import sys
import types

import pytest

from dependency_monkey import classes, compilation, division
from dependency_monkey.compilation import Limits, NotCompiledError, compile_universe
from dependency_monkey.graph import And, Leaf, Or
from dependency_monkey.ranks import enumerate_from
from dependency_monkey.universe import Package, Requirement, Universe
from tests.support.random_universes import cases, chain, frozen, independent, satisfiable


def test_the_graph_holds_exactly_the_valid_stacks() -> None:
    for case in cases():
        count = case.graph.count if case.graph else 0
        assert count == len(case.stacks), f"seed {case.seed}"
        if case.graph:
            assert frozen(enumerate_from(case.graph)) == frozen(case.stacks), f"seed {case.seed}"


def test_parts_share_no_package_and_come_before_their_node() -> None:
    for case, graph in satisfiable():
        packages: list[set[int]] = []
        for number, node in enumerate(graph.nodes):
            children = () if isinstance(node, Leaf) else _children(node)
            assert all(child < number for child in children), case.seed
            held = [packages[child] for child in children]
            if isinstance(node, And):
                assert sum(map(len, held)) == len(set().union(*held)), case.seed
            packages.append({node.package} if isinstance(node, Leaf) else set().union(*held))


def _children(node: And | Or) -> tuple[int, ...]:
    return node.parts if isinstance(node, And) else node.branches


def test_a_circle_supports_nobody() -> None:
    """Two packages require each other; one version of the root asks for one of them."""
    first = Package("first", ("1.0",), (((Requirement(1, 1),),),))
    second = Package("second", ("1.0",), (((Requirement(0, 1),),),))
    head = Package("head", ("1.0", "2.0"), (((), (Requirement(0, 1),)),))
    graph = compile_universe(Universe((first, second, head), (Requirement(2, 0b11),)))

    assert graph is not None
    assert frozen(enumerate_from(graph)) == [((0, 0), (1, 0), (2, 1)), ((2, 0),)]


def test_requirements_of_an_extra_count_only_where_it_is_asked_for() -> None:
    low, high = Requirement(0, 0b01), Requirement(0, 0b10)
    tail = Package("tail", ("1.0", "2.0"), (((), ()),))
    middle = Package("middle", ("1.0",), (((Requirement(0, 0b11),),), ((low,),)))
    asks, plain = Requirement(1, 1, 0b11), Requirement(1, 1)
    head = Package("head", ("1.0", "2.0", "3.0"), (((plain,), (asks,), (asks, high)),))
    graph = compile_universe(Universe((tail, middle, head), (Requirement(2, 0b111),)))

    assert graph is not None
    assert frozen(enumerate_from(graph)) == [
        ((0, 0), (1, 0), (2, 0)),
        ((0, 0), (1, 0), (2, 1)),
        ((0, 1), (1, 0), (2, 0)),
    ]


def test_a_contradiction_has_no_graph() -> None:
    universe = independent([3])
    both = (Requirement(0, 0b001), Requirement(0, 0b110))
    assert compile_universe(Universe(universe.packages, both)) is None


def test_a_universe_compiles_to_the_same_graph_each_time() -> None:
    for case, graph in satisfiable(30):
        assert compile_universe(case.universe) == graph


def test_a_long_chain_may_recurse_deeper_than_the_limit(low_recursion_limit: None) -> None:
    graph = compile_universe(chain(150))
    assert graph is not None
    assert graph.count == 151


@pytest.mark.parametrize("limits", [Limits(nodes=3), Limits(seconds=-1)])
def test_a_limit_is_told_and_no_number_instead(limits: Limits) -> None:
    one = max(satisfiable(), key=lambda found: len(found[1].nodes))
    assert len(one[1].nodes) > 3
    with pytest.raises(NotCompiledError, match="more than"):
        compile_universe(one[0].universe, limits)


#: Rules of the compiler, each broken in one place: where, what was there, what is there instead.
FAULTS = {
    "what is there already is forgotten": (division, "asked.difference(group)", "frozenset()"),
    "an extra can be settled": (division, "~by_all or fresh", "~by_all"),
    "a mask can be settled": (division, "known.mask & ~by_all or fresh", "fresh"),
    "who may come together is apart": (division, "{first.setdefault(one, package)", "{package"),
    "who influences each other is apart": (
        division,
        "(package, known.influenced)",
        "(package, {})",
    ),
    "awoken extras are not followed": (division, "for one in bits(new)", "for one in ()"),
    "who may come brings nobody": (division, "for one in bits(joint[1])", "for one in ()"),
    "one version speaks for all": (classes, "by_all & admitted", "admitted"),
    "versions that ask otherwise are one class": (
        classes,
        "(admitted & self._wide[target], ",
        "(-1, ",
    ),
    "of two requirements the last counts": (classes, "admitted & one.admitted", "one.admitted"),
    "a new extra makes no class": (compilation, "known.mask or fresh:", "known.mask:"),
    "an extra of what is there is dropped": (
        compilation,
        "before.pending | features & ~before.done",
        "before.pending",
    ),
    "later requirements do not narrow": (compilation, "before.mask & admitted", "before.mask"),
    "a pre-release needs no leave": (
        compilation,
        "packages[one.package].left(one.mask)",
        "packages[one.package].all_versions & one.mask",
    ),
    "what bars a pre-release is forgotten by a decision": (
        compilation,
        "members | leave",
        "members",
    ),
    "classes lose members": (compilation, "members | mask, said", "mask, said"),
}


@pytest.fixture
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The compiler with one fault planted in it, made anew from its parts."""
    where, old, new = FAULTS[request.param]
    for part in (classes, division, compilation):
        source = inspect.getsource(part)
        if part is where:
            assert source.count(old) == 1, "the rule reads otherwise now: plant the fault anew"
            source = source.replace(old, new)
        module = types.ModuleType(part.__name__)
        monkeypatch.setitem(sys.modules, part.__name__, module)  # where the next part looks for it
        exec(compile(source, part.__name__, "exec"), module.__dict__)  # noqa: S102
    return module


@pytest.mark.parametrize("broken", FAULTS, indirect=True)
def test_the_judge_sees_a_planted_fault(broken: types.ModuleType) -> None:
    def right(universe: Universe, stacks: int) -> bool:
        try:
            graph = broken.compile_universe(universe, broken.Limits(seconds=1))
        except (broken.NotCompiledError, RecursionError):  # it comes to no end
            return False
        return (graph.count if graph else 0) == stacks

    assert not all(right(case.universe, len(case.stacks)) for case in cases(400))
