from __future__ import annotations

from dependency_monkey.flow import Flow, flow_of, stacks_of, values_of
from dependency_monkey.universe import bits
from tests.support.random_universes import satisfiable


def apart(_package: int, mask: int) -> tuple[int, ...]:
    return tuple(1 << one for one in bits(mask))


def together(_package: int, mask: int) -> tuple[int, ...]:
    return (mask,)


def balanced(flow: Flow, values: list[int]) -> bool:
    return all(
        sum(values[one] for one in balance.into) == sum(values[one] for one in balance.out)
        for balance in flow.balances
    )


def test_each_stack_is_a_flow_of_one_unit_and_comes_back_from_it() -> None:
    for one, graph in satisfiable(60):
        flow = flow_of(graph, apart)
        seen = set()
        for stack in one.stacks:
            values = values_of(graph, flow, stack)
            assert balanced(flow, values)
            assert list(stacks_of(graph, flow, values)) == [stack]
            seen.add(tuple(values))
        assert len(seen) == len(one.stacks)


def test_a_flow_of_several_units_is_as_many_stacks_with_the_same_versions() -> None:
    for one, graph in satisfiable(60):
        flow = flow_of(graph, apart)
        chosen = one.stacks[:7] * 2
        rows = [values_of(graph, flow, stack) for stack in chosen]
        total = [sum(column) for column in zip(*rows, strict=True)]
        assert balanced(flow, total)
        back = list(stacks_of(graph, flow, total))
        assert len(back) == len(chosen)
        assert all(stack in one.stacks for stack in back)
        assert sorted(item for stack in back for item in stack.items()) == sorted(
            item for stack in chosen for item in stack.items()
        )


def test_versions_of_a_group_are_one_variable() -> None:
    for one, graph in satisfiable(20):
        flow = flow_of(graph, together)
        ways = flow.of_versions(graph)
        values = values_of(graph, flow, one.stacks[0])
        through = {
            package
            for (package, _), variables in ways.items()
            if sum(values[variable] for variable in variables) == 1
        }
        assert through == set(one.stacks[0])
        assert flow.size <= flow_of(graph, apart).size
