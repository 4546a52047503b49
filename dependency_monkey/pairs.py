"""The best stack where pairs of versions count too: a score that adds up, plus a term for each pair.

What pairs add makes the search hard: it is given to CP-SAT, over the flow of the compiled graph where
there is one (see flow.py), else over the universe itself. It starts from the best stack without pairs.
Where time runs out before the proof, the answer says how much better a stack could be at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from dependency_monkey.encoding import UniverseModel
from dependency_monkey.errors import SearchEndedError
from dependency_monkey.flow import flow_of, stacks_of, values_of
from dependency_monkey.graph import Graph
from dependency_monkey.optima import Score, best
from dependency_monkey.ranks import Choice
from dependency_monkey.universe import Universe, bits

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

#: One version of one package, both as numbers of the universe.
Version = tuple[int, int]
#: What it adds when both versions are in a stack.
Pairs = Mapping[tuple[Version, Version], float]

#: Scores become whole numbers; together they stay below this, so that the solver's sums are exact.
_LARGEST = 1 << 45


@dataclass(frozen=True, slots=True)
class PairOptimum:
    """A stack, its score, and a bound that no stack exceeds.

    `proven`: the search ended because nothing better exists; `gap` then is at most the rounding of
    scores to whole numbers (0 where they are whole numbers, or multiples of a power of two).
    """

    choice: Choice
    score: float
    bound: float
    proven: bool

    @property
    def gap(self) -> float:
        """By how much a stack could be better at most."""
        return max(0.0, self.bound - self.score)


def score_of(choice: Choice, score: Score, pairs: Pairs) -> float:
    """The score of one stack."""
    return fsum(
        [
            *(score(package, version) for package, version in choice.items()),
            *(
                term
                for ((p, v), (q, w)), term in pairs.items()
                if choice.get(p) == v and choice.get(q) == w
            ),
        ]
    )


def best_with_pairs(
    universe: Universe,
    graph: Graph | None,
    score: Score,
    pairs: Pairs,
    *,
    seconds: float = 10.0,
) -> PairOptimum | None:
    """The best stack that was found in the time, and how good one can be at most.

    None where no stack is valid. `graph` is the compiled universe; without it the universe itself is
    searched, and SearchEndedError says that no stack was found in the time.
    """
    from ortools.sat.python import cp_model

    ends_at = monotonic() + seconds
    model = cp_model.CpModel()
    start = best(graph, score).choice if graph is not None else None
    program: _Program
    if graph is None:
        program = UniverseModel(universe, model)
    else:
        program = _GraphModel(graph, model, score, pairs)
    objective = _Objective(model, program.ways(), score, pairs)
    if start is not None:
        program.hint(start)
        objective.hint(start)
    search = _Search(model, program, objective)
    search.run(ends_at, known=start)
    if search.empty:
        return None
    if search.found is None:
        raise SearchEndedError(
            f"no stack was found within {seconds:g} s",
            hint="give more time, or let fewer versions in: --last 20 keeps the newest 20 of each package",
        )
    reached = score_of(search.found, score, pairs)
    return PairOptimum(search.found, reached, max(reached, search.bound), search.proven)


class _Program(Protocol):
    """The rules of a valid stack, in a model."""

    def ways(self) -> dict[Version, list[cp_model.IntVar]]:
        """For each version variables that add up to 1 where it is in the stack, else to 0."""

    def hint(self, choice: Choice) -> None:
        """Tell the solver of a valid stack."""

    def choice(self, solver: cp_model.CpSolver) -> Choice:
        """What the solver found."""

    def cut(self, solver: cp_model.CpSolver) -> bool:
        """Exclude a solution that is no valid stack; False where it is one."""


class _GraphModel:
    """The flow of a compiled graph: every solution is a valid stack.

    Of the versions of a leaf only those in pairs are told apart; of the others the best stands for all.
    """

    def __init__(self, graph: Graph, model: cp_model.CpModel, score: Score, pairs: Pairs) -> None:
        paired = {version for pair in pairs for version in pair}

        def group(package: int, mask: int) -> tuple[int, ...]:
            own = [1 << one for one in bits(mask) if (package, one) in paired]
            others = mask & ~sum(own)
            if others:
                own.append(1 << max(bits(others), key=lambda one: score(package, one)))
            return tuple(own)

        self._graph, self._model = graph, model
        self._flow = flow_of(graph, group)
        self._variables = [model.new_bool_var("") for _ in range(self._flow.size)]
        model.add_bool_or([self._variables[0]])
        for balance in self._flow.balances:
            model.add(
                sum(self._variables[one] for one in balance.into)
                == sum(self._variables[one] for one in balance.out)
            )

    def ways(self) -> dict[Version, list[cp_model.IntVar]]:
        return {
            (package, mask.bit_length() - 1): [self._variables[one] for one in own]
            for (package, mask), own in self._flow.of_versions(self._graph).items()
        }

    def hint(self, choice: Choice) -> None:
        for variable, value in zip(
            self._variables, values_of(self._graph, self._flow, choice), strict=True
        ):
            self._model.add_hint(variable, value)

    def choice(self, solver: cp_model.CpSolver) -> Choice:
        values = [solver.value(variable) for variable in self._variables]
        return next(stacks_of(self._graph, self._flow, values))

    def cut(self, solver: cp_model.CpSolver) -> bool:  # noqa: ARG002 - there is nothing to cut off
        return False


class _Objective:
    """The score as a sum of whole numbers, with a variable for each pair."""

    def __init__(
        self,
        model: cp_model.CpModel,
        ways: dict[Version, list[cp_model.IntVar]],
        score: Score,
        pairs: Pairs,
    ) -> None:
        self._model = model
        self._both: list[tuple[cp_model.IntVar, Version, Version]] = []
        terms = {version: score(*version) for version in ways}
        possible = {
            pair: term
            for pair, term in pairs.items()
            if term and all(one in ways for one in pair) and pair[0][0] != pair[1][0]
        }
        for (one, other), term in pairs.items():
            if one == other and one in terms:  # a pair with itself is the version alone
                terms[one] += term
        self._factor, self.rounding = _scale(terms, possible.values())
        parts = [
            self._whole(terms[version]) * variable
            for version, variables in ways.items()
            for variable in variables
        ]
        for (one, other), term in possible.items():
            both = model.new_bool_var("")
            self._both.append((both, one, other))
            self._tie(both, ways[one], ways[other], positive=term > 0)
            parts.append(self._whole(term) * both)
        model.maximize(sum(parts))
        #: No stack exceeds it, whatever the solver says.
        self.ceiling = _ceiling(terms) + fsum(term for term in possible.values() if term > 0)

    def _whole(self, term: float) -> int:
        return round(term * self._factor)

    def _tie(
        self,
        both: cp_model.IntVar,
        one: list[cp_model.IntVar],
        other: list[cp_model.IntVar],
        *,
        positive: bool,
    ) -> None:
        """The maximum pushes the variable up or down; only the other side needs a rule."""
        if positive:
            self._model.add(both <= sum(one))
            self._model.add(both <= sum(other))
        else:
            self._model.add(both >= sum([*one, *other]) - 1)

    def hint(self, choice: Choice) -> None:
        """Tell the solver which pairs a stack has."""
        for both, (p, v), (q, w) in self._both:
            self._model.add_hint(both, choice.get(p) == v and choice.get(q) == w)

    def bound(self, solver: cp_model.CpSolver) -> float:
        """What the solver has proven that no stack exceeds."""
        # a whole number, told as a float that may be off by its last digits
        return round(solver.best_objective_bound) / self._factor + self.rounding


def _ceiling(terms: Mapping[Version, float]) -> float:
    """The best version of each package, were all of them there."""
    highest: dict[int, float] = {}
    for (package, _), term in terms.items():
        highest[package] = max(highest.get(package, 0.0), term)
    return fsum(highest.values())


def _scale(terms: Mapping[Version, float], pairs: Iterable[float]) -> tuple[float, float]:
    """A power of two that makes whole numbers of all terms, and what rounding may add up to."""
    pairs = list(pairs)
    largest: dict[int, float] = {}
    for (package, _), term in terms.items():
        largest[package] = max(largest.get(package, 0.0), abs(term))
    total = fsum(largest.values()) + fsum(map(abs, pairs))
    factor = 1.0
    everything = [*terms.values(), *pairs]
    if all(term.is_integer() for term in map(float, everything)) and total < _LARGEST:
        return factor, 0.0
    while total * factor * 2 < _LARGEST:
        factor *= 2
    while total * factor > _LARGEST:
        factor /= 2
    exact = all((term * factor).is_integer() for term in map(float, everything))
    return factor, 0.0 if exact else (len(largest) + len(pairs)) * 0.5 / factor


class _Search:
    """Solves until a solution is a valid stack, or time runs out."""

    def __init__(self, model: cp_model.CpModel, program: _Program, objective: _Objective) -> None:
        self._model, self._program, self._objective = model, program, objective
        self.found: Choice | None = None
        self.bound = objective.ceiling
        self.proven = False
        self.empty = False

    def run(self, ends_at: float, known: Choice | None) -> None:
        """`known` is a valid stack: the answer, where the solver finds none in the time."""
        from ortools.sat.python import cp_model

        self.found = known
        while not self.proven and (left := ends_at - monotonic()) > 0:
            solver = cp_model.CpSolver()
            solver.parameters.max_time_in_seconds = left
            # one worker that leans on linear relaxations: those of a flow are nearly whole
            solver.parameters.num_workers = 1
            solver.parameters.linearization_level = 2
            status = solver.solve(self._model)
            if status == cp_model.INFEASIBLE:
                self.empty = True
                return
            if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
                return
            self.bound = min(self.bound, self._objective.bound(solver))
            if self._program.cut(solver):
                continue
            self.found = self._program.choice(solver)
            self.proven = status == cp_model.OPTIMAL
            if not self.proven:
                return


def best_by_solver(
    universe: Universe, score: Score, *, seconds: float = 60.0
) -> PairOptimum | None:
    """The best stack without pairs, by a solver that knows nothing of the graph: to check the graph."""
    return best_with_pairs(universe, None, score, {}, seconds=seconds)
