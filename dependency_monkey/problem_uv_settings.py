"""What uv's settings say of which versions may be chosen: each is obeyed, or named in a remark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from amun_core.intake import Intake, pointer_of, shown
from dependency_monkey.problem import PreReleases
from dependency_monkey.problem_draft import Draft, read_named_requirement
from dependency_monkey.problem_moment import read_moment
from dependency_monkey.problem_uv_table import OBEYED, QUIET_VALUES, TOLD, WITHOUT_INFLUENCE

_PRE_RELEASES = {
    "allow": PreReleases.ALLOW,
    "disallow": PreReleases.NEVER,
    "if-necessary": PreReleases.IF_NECESSARY,
    "if-necessary-or-explicit": PreReleases.IF_NECESSARY,
}


def read_uv_settings(
    uv: Mapping[str, Any], draft: Draft, intake: Intake, *, place: str = "/tool/uv"
) -> None:
    """Fill the draft with what is obeyed, and tell what is not."""
    reading = _Settings(uv, draft, intake, place)
    reading.read_requirements()
    reading.read_pre_releases()
    reading.read_dates()
    reading.read_environments()
    draft.wheels_only |= uv.get("no-build") is True
    for key, value in uv.items():
        here = place + pointer_of(key)
        if key in TOLD:
            if value not in (QUIET_VALUES.get(key), [], {}, None):
                intake.warn(here, f"is not obeyed: {TOLD[key]}")
        elif key not in OBEYED and key not in WITHOUT_INFLUENCE:
            intake.warn(here, "is no setting that is known, has no effect")


class _Settings:
    def __init__(self, uv: Mapping[str, Any], draft: Draft, intake: Intake, place: str) -> None:
        self._uv = uv
        self._draft = draft
        self._intake = intake
        self._place = place

    def read_requirements(self) -> None:
        """Constraints, overrides, and what is required by nothing."""
        for key, taken in (
            ("constraint-dependencies", self._draft.constraints),
            ("override-dependencies", self._draft.overrides),
        ):
            for here, entry in self._entries(key):
                if isinstance(entry, Mapping):
                    self._alone(here)
                    continue
                requirement = read_named_requirement(here, entry, self._intake)
                if requirement is not None:
                    taken.append(requirement)
        for here, entry in self._entries("exclude-dependencies"):
            if isinstance(entry, str):
                self._draft.removed.add(canonicalize_name(entry.strip()))
            else:
                self._alone(here)

    def _alone(self, place: str) -> None:
        self._intake.fault(
            place, "what holds for the requirements of one package alone is not taken"
        )

    def _entries(self, key: str) -> list[tuple[str, Any]]:
        found = self._uv.get(key, [])
        here = f"{self._place}/{key}"
        if not isinstance(found, list):
            self._intake.fault(here, f"an array is expected, not {shown(found)}")
            return []
        return [(f"{here}/{number}", entry) for number, entry in enumerate(found)]

    def read_pre_releases(self) -> None:
        """Which pre-releases may be chosen: of all packages, and of single ones."""
        rule = self._rule(self._uv.get("prerelease"), f"{self._place}/prerelease")
        if rule is not None:
            self._draft.pre_releases = rule
        for name, value in self._table("prerelease-package").items():
            here = f"{self._place}/prerelease-package" + pointer_of(name)
            rule = self._rule(value, here)
            if rule is not None:
                self._draft.pre_releases_of[canonicalize_name(name)] = rule

    def _rule(self, value: object, place: str) -> PreReleases | None:
        if value is None:
            return None
        if value == "explicit":
            self._intake.warn(place, "'explicit' is read as 'if-necessary'")
            return PreReleases.IF_NECESSARY
        if not isinstance(value, str) or value not in _PRE_RELEASES:
            self._intake.fault(
                place, f"{shown(value)} is not known; known: {', '.join(_PRE_RELEASES)}, explicit"
            )
            return None
        return _PRE_RELEASES[value]

    def _table(self, key: str) -> Mapping[str, Any]:
        found = self._uv.get(key, {})
        if isinstance(found, Mapping):
            return found
        self._intake.fault(f"{self._place}/{key}", f"a table is expected, not {shown(found)}")
        return {}

    def read_dates(self) -> None:
        """Up to when files were uploaded: of all packages, and of single ones."""
        now = datetime.now(UTC)
        if "exclude-newer" in self._uv:
            here = f"{self._place}/exclude-newer"
            self._draft.as_of = self._moment(self._uv["exclude-newer"], here, now)
        for name, value in self._table("exclude-newer-package").items():
            here = f"{self._place}/exclude-newer-package" + pointer_of(name)
            self._draft.as_of_of[canonicalize_name(name)] = self._moment(value, here, now)

    def _moment(self, value: object, place: str, now: datetime) -> datetime | None:
        if value is False:
            return None
        if isinstance(value, Mapping):  # as uv writes it into a lock
            value = value.get("timestamp", value.get("span"))
        try:
            return read_moment(value, now)
        except ValueError:
            self._intake.fault(
                place,
                f"{shown(value)} is no moment, and no length of time",
                "such as 2024-06-01, 2024-06-01T00:00:00Z, or '30 days'",
            )
            return None

    def read_environments(self) -> None:
        """One of these markers must hold."""
        found = self._uv.get("environments", [])
        texts: Sequence[Any] = [found] if isinstance(found, str) else found
        for number, text in enumerate(texts if isinstance(texts, list) else []):
            try:
                self._draft.environments.append(Marker(str(text)))
            except (InvalidMarker, RecursionError):
                place = f"{self._place}/environments/{number}"
                self._intake.fault(place, f"{shown(text)} is no marker")
