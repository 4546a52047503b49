"""Reads a problem from a requirements file as pip takes it: names with versions, -r, -c, indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from amun_core.intake import Intake, shown
from amun_core.lock_requirements import logical_lines
from amun_core.locked_package import read_address
from amun_core.plan import IndexSource
from dependency_monkey.problem import DEFAULT_SOURCE
from dependency_monkey.problem_draft import Draft, read_requirement, refuse_origin

_HASH = re.compile(r"\s--hash(?:=|\s+)\S+")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+)?(.*)", re.DOTALL)
_SHORT = re.compile(r"(-[a-z])(\S.*)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_PATH = re.compile(
    r"\.{0,2}/|[A-Za-z]:\\|.*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$|(?:git|hg|svn|bzr)\+"
)

_MAIN_INDEX = frozenset({"-i", "--index-url", "--pypi-url"})
_FURTHER_INDEX = "--extra-index-url"
#: They say how pip works, and change nothing in which versions there are.
_IDLE = frozenset(
    {"--require-hashes", "--prefer-binary", "--only-binary", "--trusted-host", "--use-feature"}
    | {"-f", "--find-links"}
)
_MOST_FILES = 100

#: The text of a file that another names, and its own name; a message where it cannot be read.
Include = Callable[[str, str], "Included | str"]


@dataclass(frozen=True, slots=True)
class Included:
    """A file that another one names."""

    name: str
    text: str


@dataclass
class RequirementsReader:
    """One reading of a file with all that it includes.

    `include` is told the name that stands in a file and the name of that file. `variables` are put
    in place of ${NAME}; none are where a text came from elsewhere.
    """

    draft: Draft
    intake: Intake
    include: Include
    variables: Mapping[str, str] = field(default_factory=dict)
    _files: set[tuple[str, bool]] = field(default_factory=set)
    _main: list[str] = field(default_factory=list)
    _further: list[str] = field(default_factory=list)
    _hashes: int = 0

    def read(self, name: str, text: str) -> None:
        """Read a file and what it includes, then say what was passed over."""
        self._read_file(name, text, as_constraints=False)
        if self._hashes:
            self.intake.warn("", f"{self._hashes} hashes are not used: every version may be chosen")
        self.draft.sources = self._sources()

    def _read_file(self, name: str, text: str, *, as_constraints: bool) -> None:
        if (name, as_constraints) in self._files:
            return
        self._files.add((name, as_constraints))
        for number, line in logical_lines(text):
            place = f"line {number}" if len(self._files) == 1 else f"{name}, line {number}"
            line = _VARIABLE.sub(self._expanded, line)  # noqa: PLW2901 - the line as pip sees it
            if line.startswith("-"):
                self._read_option(line, place, name, as_constraints=as_constraints)
            else:
                self._read_line(line, place, as_constraints=as_constraints)

    def _expanded(self, match: re.Match[str]) -> str:
        return self.variables.get(match[1], match[0])

    def _read_line(self, line: str, place: str, *, as_constraints: bool) -> None:
        bare, hashes = _HASH.subn("", line)
        self._hashes += hashes
        option = re.search(r"\s(--[A-Za-z][A-Za-z-]*)", bare)
        if option:
            self.intake.fault(place, f"{shown(option[1])} is not taken for a single package")
        elif _PATH.match(bare) and " @ " not in bare:
            refuse_origin(place, "a path or an address of a package", self.intake)
        elif as_constraints:
            requirement = read_requirement(place, bare, self.intake)
            if requirement is not None:
                self.draft.constraints.append(requirement)
        else:
            self.draft.ask(place, bare, self.intake)

    def _read_option(self, line: str, place: str, name: str, *, as_constraints: bool) -> None:
        match = _SHORT.fullmatch(line) or _OPTION.fullmatch(line)
        option, value = (match[1], match[2].strip()) if match else (line[:20], "")
        if option in {"-r", "--requirement"}:
            self._include(value, place, name, as_constraints=as_constraints)
        elif option in {"-c", "--constraint"}:
            self._include(value, place, name, as_constraints=True)
        elif option in {"-e", "--editable"}:
            refuse_origin(place, "an editable project", self.intake)
        elif option in _MAIN_INDEX or option == _FURTHER_INDEX:
            url = read_address(self.intake, place, value)
            if url is not None:
                (self._further if option == _FURTHER_INDEX else self._main).append(url)
        elif option == "--pre":
            self.draft.pre_releases = True
        elif option in _IDLE:
            self.intake.warn(place, f"{option} has no effect")
        else:
            self.intake.fault(place, f"{shown(option)} is not taken in a requirements file")

    def _include(self, value: str, place: str, name: str, *, as_constraints: bool) -> None:
        if len(self._files) >= _MOST_FILES:
            self.intake.fault(place, f"more than {_MOST_FILES} files")
            return
        if "://" in value:
            self.intake.fault(place, "a file at an address is not fetched", "save it, and name it")
            return
        found = self.include(value, name)
        if isinstance(found, str):
            self.intake.fault(place, found)
            return
        self._read_file(found.name, found.text, as_constraints=as_constraints)

    def _sources(self) -> list[IndexSource]:
        urls = list(dict.fromkeys(self._further))
        if not self._main and not urls:
            return []
        # pip takes the last --index-url, and mixes all indexes
        main = [IndexSource(name=DEFAULT_SOURCE, url=self._main[-1] if self._main else "")]
        if urls:
            self.intake.warn(
                "",
                f"{_FURTHER_INDEX} has no effect: a package that names no index comes from the "
                "first; a Pipfile can name one for each package",
            )
        return [*main, *(IndexSource(name=f"extra-{n}", url=url) for n, url in enumerate(urls, 1))]


def no_include(_wanted: str, _by: str) -> str:
    """Refuses every file that another names: the text came without them."""
    return "names another file, which did not come with it: send one file"
