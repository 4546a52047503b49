"""The universe as a model of a constraint solver, for spaces that are searched without being compiled.

A literal says that a version is in the stack, or an extra is asked for; of each package exactly one
version is there, or none. A requirement excludes at once: the versions that have it, those that it
does not admit, and the absence of its package. Whatever is there must be asked for by something that
is there. Two packages that ask for each other and that nobody else asks for satisfy these rules
although no stack may have them: such circles are cut off when a solution has one.
Source of the cuts: F. Lin and Y. Zhao, *ASSAT: Computing Answer Sets of a Logic Program by SAT
Solvers* (2004), loop formulas.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dependency_monkey.ranks import Choice
from dependency_monkey.reduction import reduce
from dependency_monkey.universe import BASE, Requirement, Universe, bits

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

#: A package because of a feature; feature 0 is the package itself.
Asked = tuple[int, int]


class UniverseModel:
    """The rules as a model: `versions` maps (package, version) to the literal that it is there."""

    def __init__(self, universe: Universe, model: cp_model.CpModel) -> None:
        self.universe = universe
        self.model = model
        self.alive = reduce(universe).alive
        self.versions: dict[tuple[int, int], cp_model.IntVar] = {}
        self._asked: dict[Asked, cp_model.IntVar] = {}
        self._absent: dict[int, cp_model.LiteralT] = {}
        #: Who can bring something: (the literal, because of what); a root brings without condition.
        self._brought: dict[Asked, list[tuple[cp_model.IntVar, Asked]]] = {}
        self._activations: list[tuple[cp_model.IntVar, Asked, frozenset[int]]] = []
        self._rooted: set[Asked] = set()
        #: (package, bit of a witness) -> what takes it away: see `Requirement`.
        self._taking: dict[tuple[int, int], list[cp_model.LiteralT]] = {}
        self._declare()
        for root in universe.roots:
            self._require_root(root)
        for package in self._absent:
            for feature in range(len(universe.packages[package].requirements)):
                if (package, feature) in self._asked:
                    self._require_all(package, feature)
        for asked, literal in self._asked.items():
            if asked not in self._rooted:
                model.add_bool_or([one for one, _ in self._brought.get(asked, ())] + [~literal])
        self._bar_pre_releases()

    def ways(self) -> dict[tuple[int, int], list[cp_model.IntVar]]:
        """(package, version) -> variables that add up to 1 where it is in the stack, else to 0."""
        return {key: [literal] for key, literal in self.versions.items()}

    def hint(self, choice: Choice) -> None:
        """Tell the solver of a valid stack."""
        for (package, version), literal in self.versions.items():
            self.model.add_hint(literal, choice.get(package) == version)
        reached = self._reached(choice)
        for (package, feature), literal in self._asked.items():
            if feature or package not in choice:
                self.model.add_hint(literal, (package, feature) in reached)
        for literal, asked, versions in self._activations:
            here = asked in reached and choice.get(asked[0]) in versions
            self.model.add_hint(literal, here)

    def choice(self, solver: cp_model.CpSolver) -> Choice:
        """What the solver found."""
        return {
            package: version
            for (package, version), literal in self.versions.items()
            if solver.boolean_value(literal)
        }

    def cut(self, solver: cp_model.CpSolver) -> bool:
        """Exclude what supports only itself in a solution; False where there is nothing such."""
        reached = self._reached(self.choice(solver))
        loop = {
            asked
            for asked, literal in self._asked.items()
            if asked not in reached and solver.boolean_value(literal)
        }
        for asked in loop:
            outside = [
                literal
                for member in loop
                for literal, because in self._brought.get(member, ())
                if because not in loop
            ]
            self.model.add_bool_or([*outside, ~self._asked[asked]])
        return bool(loop)

    def _declare(self) -> None:
        model = self.model
        for package, mask in enumerate(self.alive):
            if not mask:
                continue
            there = model.new_bool_var("")
            self._asked[package, 0], self._absent[package] = there, ~there
            own = []
            for version in bits(mask):
                literal = self.versions[package, version] = model.new_bool_var("")
                own.append(literal)
            model.add_exactly_one([*own, ~there])
            for feature in range(1, len(self.universe.packages[package].requirements)):
                wanted = self._asked[package, feature] = model.new_bool_var("")
                model.add_implication(wanted, there)

    def _require_root(self, root: Requirement) -> None:
        admitted = self.alive[root.package] & root.admitted
        self.model.add_bool_or([self.versions[root.package, one] for one in bits(admitted)])
        self._take_witnesses(root, [self.model.new_constant(1)])
        for feature in bits(root.features):
            asked = root.package, feature
            if asked in self._asked:
                self.model.add_bool_or([self._asked[asked]])
                self._rooted.add(asked)

    def _require_all(self, package: int, feature: int) -> None:
        """What the versions of a package ask for because of a feature, alike ones together."""
        having: dict[Requirement, list[int]] = {}
        row = self.universe.packages[package].requirements[feature]
        for version in bits(self.alive[package]):
            for one in set(row[version]):
                kept = self.alive[one.package] | self.universe.packages[one.package].every_witness
                alike = Requirement(one.package, one.admitted & kept, one.features)
                having.setdefault(alike, []).append(version)
        active: dict[tuple[int, ...], list[cp_model.IntVar]] = {}
        for requirement, versions in having.items():
            key = tuple(dict.fromkeys(versions))
            if key not in active:
                active[key] = self._active(package, feature, key)
            self._require((package, feature), active[key], key, requirement)

    def _active(
        self, package: int, feature: int, versions: tuple[int, ...]
    ) -> list[cp_model.IntVar]:
        """Literals, at most one of them true: one of the versions is there with the feature."""
        literals = [self.versions[package, version] for version in versions]
        if not feature:
            return literals
        both, wanted = self.model.new_bool_var(""), self._asked[package, feature]
        self._activations.append((both, (package, feature), frozenset(versions)))
        self.model.add_implication(both, wanted)
        self.model.add_bool_or([*literals, ~both])
        for literal in literals:
            self.model.add_bool_or([~wanted, ~literal, both])
        return [both]

    def _require(
        self,
        asking: Asked,
        active: Iterable[cp_model.IntVar],
        versions: tuple[int, ...],
        requirement: Requirement,
    ) -> None:
        active, target = list(active), requirement.package
        if target not in self._absent:
            for literal in active:
                self.model.add_bool_or([~literal])
            return
        self._take_witnesses(requirement, active)
        if target == asking[0]:
            for version in versions:
                if not requirement.admitted >> version & 1:
                    self.model.add_bool_or(
                        [~self.versions[target, version], *(~one for one in active)]
                    )
        else:
            excluded = [
                self.versions[target, one]
                for one in bits(self.alive[target] & ~requirement.admitted)
            ]
            self.model.add_at_most_one([*active, *excluded, self._absent[target]])
        for feature in bits(requirement.features):
            wanted = self._asked.get((target, feature))
            if wanted is None:
                continue
            brought = self._brought.setdefault((target, feature), [])
            for literal in active:
                brought.append((literal, asking))
                if feature:
                    self.model.add_implication(literal, wanted)

    def _take_witnesses(
        self, requirement: Requirement, active: Iterable[cp_model.LiteralT]
    ) -> None:
        package = self.universe.packages[requirement.package]
        for one in bits(package.every_witness & ~requirement.admitted):
            self._taking.setdefault((requirement.package, one), []).extend(active)

    def _bar_pre_releases(self) -> None:
        """One that needs leave is there only where what is active takes every witness away."""
        for number, package in enumerate(self.universe.packages):
            barred = [
                self.versions[number, one] for one in bits(self.alive[number] & package.barred)
            ]
            if not barred:
                continue
            leave = self.model.new_bool_var("")
            for literal in barred:
                self.model.add_implication(literal, leave)
            for one in bits(package.every_witness):
                self.model.add_bool_or([*self._taking.get((number, one), ()), ~leave])

    def _reached(self, choice: Choice) -> set[Asked]:
        """What a walk from the roots meets in a stack."""
        reached: set[Asked] = set()
        waiting = list(self.universe.roots)
        while waiting:
            requirement = waiting.pop()
            package = requirement.package
            if package not in choice:
                continue
            for feature in bits(requirement.features | BASE):
                if (package, feature) not in reached:
                    reached.add((package, feature))
                    waiting.extend(self.universe.required(package, choice[package], 1 << feature))
        return reached
