"""The fewest stacks that together contain every version.

So many stacks are a flow of so many units through the graph (see flow.py), and at least one unit must
come to every version: a small program in whole numbers, however many stacks there are. Its linear
relaxation says how few could do: the prices of the versions are turned into whole numbers, and that
no stack is worth more than some number is proven by the graph itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from dependency_monkey.flow import Flow, flow_of, stacks_of
from dependency_monkey.graph import Graph
from dependency_monkey.marginals import marginals
from dependency_monkey.optima import best
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe, bits
from dependency_monkey.widest import Widest

#: Prices are told in this fraction of a stack.
_PRICE = 1 << 30


def fewest_with_every_version(
    universe: Universe, graph: Graph, ends_at: float
) -> tuple[list[Choice], int]:
    """Stacks that contain every version of the graph, and how many are needed at least."""
    program = _program(graph)
    least = max(_most_versions(graph), _priced(program, graph, ends_at))
    values = _whole_flow(program, ends_at)
    if values is None:
        return greedy(universe, graph), least
    if values[0] > least and ends_at > monotonic():
        values, proven = _proven_flow(program, values, least, ends_at)
        least = max(least, proven)
    return list(stacks_of(graph, program.flow, values)), least


def greedy(universe: Universe, graph: Graph) -> list[Choice]:
    """Stack after stack the one that contains most of what is missing."""
    missing = set(marginals(graph))
    widest = Widest(universe, graph)
    found = []
    while missing:
        choice = widest.best(dict.fromkeys(missing, 1.0))
        missing.difference_update(choice.items())
        found.append(choice)
    return found


@dataclass(frozen=True)
class _Program:
    """Least flow into the root so that all balances hold and each version gets one unit or more."""

    flow: Flow
    versions: tuple[tuple[int, int], ...]
    ways: tuple[tuple[int, ...], ...]


def _program(graph: Graph) -> _Program:
    flow = flow_of(graph, lambda _package, mask: tuple(1 << one for one in bits(mask)))
    ways = {
        (package, mask.bit_length() - 1): tuple(variables)
        for (package, mask), variables in sorted(flow.of_versions(graph).items())
    }
    return _Program(flow, tuple(ways), tuple(ways.values()))


def _most_versions(graph: Graph) -> int:
    """No stack has two versions of a package."""
    return max(Counter(package for package, _ in marginals(graph)).values(), default=1)


def _matrix(rows: Sequence[Sequence[tuple[int, int]]], columns: int) -> Any:
    """Rows of (column, coefficient) as a sparse matrix."""
    from scipy.sparse import csr_array

    places = [place for row in rows for place, _ in row]
    values = [value for row in rows for _, value in row]
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row))
    return csr_array((values, places, starts), shape=(len(rows), columns))


def _balances(flow: Flow) -> Any:
    return _matrix(
        [[*((one, 1) for one in b.into), *((one, -1) for one in b.out)] for b in flow.balances],
        flow.size,
    )


def _priced(program: _Program, graph: Graph, ends_at: float) -> int:
    """A proven lower bound: what all versions are worth, divided by the most a stack is worth."""
    from scipy.optimize import linprog

    flow = program.flow
    solved = linprog(
        [1.0] + [0.0] * (flow.size - 1),
        A_ub=_matrix([[(one, -1) for one in ways] for ways in program.ways], flow.size),
        b_ub=[-1.0] * len(program.ways),
        A_eq=_balances(flow),
        b_eq=[0.0] * len(flow.balances),
        method="highs",
        options={"time_limit": max(0.0, ends_at - monotonic())},
    )
    if solved.status:
        return 1
    prices = {
        version: max(0, math.floor(-float(price) * _PRICE))
        for version, price in zip(program.versions, solved.ineqlin.marginals, strict=True)
    }
    # sums of whole numbers as floats: exact, for they stay far below 2^53. A version without a price
    # is in no stack: the graph keeps nodes that lead to none
    dearest = int(best(graph, lambda package, version: prices.get((package, version), 0)).score)
    return -(-sum(prices.values()) // dearest) if dearest else 1


def _whole_flow(program: _Program, ends_at: float) -> list[int] | None:
    """A flow in whole numbers, the least that was found in the time; None where none was."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    flow = program.flow
    solved = milp(
        [1.0] + [0.0] * (flow.size - 1),
        constraints=[
            LinearConstraint(_balances(flow), 0, 0),
            LinearConstraint(
                _matrix([[(one, 1) for one in ways] for ways in program.ways], flow.size), 1
            ),
        ],
        integrality=[1] * flow.size,
        bounds=Bounds(0, math.inf),
        options={"time_limit": max(0.0, ends_at - monotonic())},
    )
    if solved.x is None:
        return None
    values = [round(one) for one in solved.x]
    return values if _holds(program, values) else None


def _holds(program: _Program, values: Sequence[int]) -> bool:
    """Whether rounding has left a flow that reaches every version."""
    return all(
        sum(values[one] for one in balance.into) == sum(values[one] for one in balance.out)
        for balance in program.flow.balances
    ) and all(any(values[one] > 0 for one in ways) for ways in program.ways)


def _proven_flow(
    program: _Program, known: list[int], least: int, ends_at: float
) -> tuple[list[int], int]:
    """The least flow by CP-SAT, whose numbers are exact, and a bound that it has proven."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    variables = [model.new_int_var(0, known[0], "") for _ in known]
    model.add(variables[0] >= least)
    for balance in program.flow.balances:
        model.add(
            sum(variables[one] for one in balance.into)
            == sum(variables[one] for one in balance.out)
        )
    for ways in program.ways:
        model.add(sum(variables[one] for one in ways) >= 1)
    model.minimize(variables[0])
    for variable, value in zip(variables, known, strict=True):
        model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.0, ends_at - monotonic())
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return known, least
    return [solver.value(one) for one in variables], round(solver.best_objective_bound)
