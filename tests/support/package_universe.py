"""A resolver for a small made-up index, by plain search: what uv does, without uv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.version import Version

from dependency_monkey.resolver import Answer, Pins, Refusal, Resolution, lines_of

#: name -> version -> requirements
Index = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(slots=True)
class MadeUpResolver:
    """Decides requirements in their order, newest version first; preferences before that."""

    index: Index
    asked: int = field(default=0, init=False)
    python_version: str = "3.11"
    platform: str | None = None
    wheels_only: bool = True

    def resolve(
        self,
        requirements: Iterable[str],
        *,
        constraints: Iterable[str] = (),
        preferences: Mapping[str, str] | None = None,
        hashes: bool = False,
    ) -> Answer:
        self.asked += 1
        wanted = [Requirement(text) for text in requirements]
        limits = [Requirement(text) for text in constraints]
        pins = self._search(wanted, limits, preferences or {}, {})
        if pins is None:
            return Refusal(f"Because {', '.join(map(str, wanted))} do not go together.")
        return Resolution(dict(sorted(pins.items())), lines_of(pins))

    def _search(
        self,
        wanted: list[Requirement],
        limits: list[Requirement],
        preferences: Mapping[str, str],
        pins: Pins,
    ) -> Pins | None:
        for requirement in wanted:
            if requirement.name in pins and pins[requirement.name] not in requirement.specifier:
                return None
        undecided = next((one.name for one in wanted if one.name not in pins), None)
        if undecided is None:
            return pins
        for version in self._candidates(undecided, [*wanted, *limits], preferences):
            further = [Requirement(text) for text in self.index[undecided][version]]
            found = self._search(
                [*wanted, *further], limits, preferences, {**pins, undecided: version}
            )
            if found is not None:
                return found
        return None

    def _candidates(
        self, name: str, bounds: list[Requirement], preferences: Mapping[str, str]
    ) -> list[str]:
        admitted = [
            version
            for version in sorted(self.index.get(name, {}), key=Version, reverse=True)
            if all(version in bound.specifier for bound in bounds if bound.name == name)
        ]
        preferred = preferences.get(name)
        return sorted(admitted, key=lambda version: version != preferred)
