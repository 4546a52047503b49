"""Options in a requirements file that decide where a lock's files come from, and which are taken.

Each is obeyed, or it is a fault at its line: a lock that says `--find-links` and is installed from
another place is another lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packaging.version import Version

from amun_core.intake import Intake, shown
from amun_core.lock_applicability import holds_everywhere
from amun_core.locked_package import (
    MAXIMUM_SOURCES,
    LockedPackage,
    Origin,
    is_address,
    normal_name,
    read_place,
)
from amun_core.plan import IndexSource

_CHOICES = frozenset({"--no-binary", "--only-binary"})
_MAXIMUM_CHOICES = 1000


@dataclass(slots=True)
class LockOptions:
    """What the options of a file say, gathered line by line."""

    main: str | None = None
    extra: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    no_index: bool = False
    choices: list[str] = field(default_factory=list)
    finals: dict[str, str] = field(default_factory=dict)
    hashes_required_at: str | None = None

    def take(self, option: str, value: str, place: str, intake: Intake) -> bool:
        """Obey an option; False where it is none of these."""
        if option in {"--index-url", "--extra-index-url"}:
            url = read_place(intake, place, value)
            if url is not None:
                self._take_index(option, url)
        elif option == "--find-links":
            self._take_links(option, value, place, intake)
        elif option in _CHOICES:
            self._take_choice(option, value, place, intake)
        elif option == "--only-final":
            self.finals |= dict.fromkeys(_names(option, value, place, intake), place)
        elif option == "--no-index":
            self.no_index = True
        elif option in {"--require-hashes", "--no-require-hashes"}:
            self.hashes_required_at = place if option == "--require-hashes" else None
        else:
            return False
        return True

    def _take_index(self, option: str, url: str) -> None:
        # pip takes the last --index-url and every --extra-index-url
        if option == "--index-url":
            self.main = url
        else:
            self.extra.append(url)

    def _take_links(self, option: str, value: str, place: str, intake: Intake) -> None:
        if is_address(value):
            url = read_place(intake, place, value)
            self.links += [url] if url is not None else []
            return
        # The value is not repeated: an address may carry a password.
        intake.fault(
            place,
            f"{option} names no http or https page: a folder beside the lock is not sent with it",
            "put the files on an index, or on a page that the service reaches",
        )

    def _take_choice(self, option: str, value: str, place: str, intake: Intake) -> None:
        # the same words mean the same to pip and to uv; they stand in the installed file again
        self.choices += [f"{option} {name}" for name in _names(option, value, place, intake)]
        if len(self.choices) > _MAXIMUM_CHOICES:
            intake.fault(place, f"more than {_MAXIMUM_CHOICES} names after {option}")
            self.choices.clear()

    def check(self, packages: Iterable[tuple[str, LockedPackage]], intake: Intake) -> None:
        """What the options demand of the packages."""
        for place, package in packages:
            active = package.marker is None or holds_everywhere(package.marker)
            if self.hashes_required_at and active and not package.hashes:
                intake.fault(
                    place,
                    f"{package.name} has no hashes, and {self.hashes_required_at} says "
                    "--require-hashes",
                )
            final = self.finals.get(package.name) or self.finals.get(":all:")
            if final and Version(package.version).is_prerelease:
                intake.fault(
                    place,
                    f"{package.name} {package.version} is a pre-release, and {final} says "
                    "--only-final",
                )

    def sources(self, intake: Intake) -> list[IndexSource]:
        """The indexes, the main one first."""
        urls = list(dict.fromkeys([*([self.main] if self.main else []), *self.extra]))
        if len(urls) > MAXIMUM_SOURCES or len(self.links) > MAXIMUM_SOURCES:
            most = max(len(urls), len(self.links))
            intake.fault("", f"{most} sources are more than {MAXIMUM_SOURCES}")
            return []
        return [
            IndexSource(name="index" if n == 0 and self.main else f"extra-{n}", url=url)
            for n, url in enumerate(urls)
        ]

    def origin(self) -> Origin:
        """What the options say beside the indexes."""
        links = tuple(dict.fromkeys(self.links))
        main = "index" if self.main else None
        return Origin(links, self.no_index, tuple(dict.fromkeys(self.choices)), main)


def _names(option: str, value: str, place: str, intake: Intake) -> list[str]:
    found = []
    for word in filter(None, (one.strip() for one in value.split(","))):
        name = word if word in {":all:", ":none:"} else normal_name(word)
        if name is None:
            intake.fault(place, f"{option}: {shown(word)} is not a package name")
        else:
            found.append(name)
    return found
