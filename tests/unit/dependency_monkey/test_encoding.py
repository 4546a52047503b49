from __future__ import annotations

from ortools.sat.python import cp_model

from dependency_monkey.encoding import UniverseModel
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe
from tests.support.random_universes import cases, frozen


def solutions(universe: Universe) -> tuple[list[Choice], int]:
    """Every solution that is a stack, and how many circles were cut off on the way."""
    model = cp_model.CpModel()
    program = UniverseModel(universe, model)
    found: list[Choice] = []
    cuts = 0
    while True:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        if solver.solve(model) == cp_model.INFEASIBLE:
            return found, cuts
        if program.cut(solver):
            cuts += 1
            continue
        found.append(program.choice(solver))
        model.add_bool_or(
            ~literal if solver.boolean_value(literal) else literal
            for literal in program.versions.values()
        )


def test_the_solutions_are_exactly_the_stacks() -> None:
    cut = 0
    for one in cases(90):
        if len(one.stacks) > 40:
            continue
        found, cuts = solutions(one.universe)
        assert frozen(found) == frozen(one.stacks), f"seed {one.seed}"
        cut += bool(cuts)
    assert cut  # some had circles that support only themselves


def test_a_valid_stack_is_a_whole_hint() -> None:
    for one in cases(60):
        for stack in one.stacks[:2]:
            model = cp_model.CpModel()
            UniverseModel(one.universe, model).hint(stack)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.fix_variables_to_their_hinted_value = True
            assert solver.solve(model) in {cp_model.OPTIMAL, cp_model.FEASIBLE}, f"seed {one.seed}"
