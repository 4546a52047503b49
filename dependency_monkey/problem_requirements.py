"""Reads a problem from a requirements file as pip takes it: names with versions, -r, -c, indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from amun_core.intake import Intake, shown
from amun_core.locked_package import read_address
from amun_core.plan import IndexSource, LinkSource
from amun_core.redaction import redact_text
from amun_core.requirements_file import FileLine, FileOption, requirements_lines
from dependency_monkey.problem import DEFAULT_SOURCE, PreReleases
from dependency_monkey.problem_draft import Draft, read_requirement
from dependency_monkey.problem_links import read_link

_PATH = re.compile(
    r"\.{0,2}/|[A-Za-z]:\\|file:|\.{1,2}(?:\[|$)|(?:https?|ftp)://"
    r"|[^;@]*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)(?:\[|$)|(?:git|hg|svn|bzr)\+",
    re.IGNORECASE,
)
#: They say how pip works, and change nothing in which stacks are valid.
_WITHOUT_INFLUENCE = frozenset(
    {"--require-hashes", "--no-require-hashes", "--prefer-binary", "--use-feature"}
)
_ALL, _NONE = ":all:", ":none:"
_MOST_FILES = 100

#: The text of a file that another names, and its own name; a message where it cannot be read.
Include = Callable[[str, str], "Included | str"]


@dataclass(frozen=True, slots=True)
class Included:
    """A file that another one names."""

    name: str
    text: str


@dataclass
class _Indexes:
    """Where packages come from, as the options say it in turn."""

    main: str | None = None
    further: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    trusted: set[str] = field(default_factory=set)
    none: bool = False

    def fill(self, draft: Draft) -> None:
        """Tell the draft. pip mixes all its indexes."""
        draft.links = [
            LinkSource(name=f"find-links-{n}", url=url, verify_ssl=self._verify(url))
            for n, url in enumerate(dict.fromkeys(self.links), 1)
        ]
        draft.no_index = self.none
        urls = list(dict.fromkeys(self.further))
        if self.none or not (self.main or urls or draft.links):
            return
        named = [(DEFAULT_SOURCE, self.main or "")]
        named += [(f"extra-{n}", url) for n, url in enumerate(urls, 1)]
        draft.sources = [
            IndexSource(name=name, url=url, verify_ssl=self._verify(url)) for name, url in named
        ]
        draft.searched = [tuple(name for name, _ in named)]

    def _verify(self, url: str) -> bool:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname or "", parts.port
        except ValueError:  # no port at all: whoever asks the index says so
            return True
        return not ({host, f"{host}:{port}"} & self.trusted)


def _host_of(value: str) -> str:
    """The host of an address, or the value itself, which pip takes for HOST or HOST:PORT."""
    try:
        return urlsplit(value).hostname or value
    except ValueError:
        return value


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
    _indexes: _Indexes = field(default_factory=_Indexes)
    _hashes: int = 0

    def read(self, name: str, text: str) -> None:
        """Read a file and what it includes, then say what was passed over."""
        self._read_file(name, text, as_constraints=False)
        if self._hashes:
            self.intake.warn("", f"{self._hashes} hashes are not used: every version may be chosen")
        self._indexes.fill(self.draft)
        if len(self.draft.sources) > 1:
            further = len(self.draft.sources) - 1
            self.intake.warn(
                "",
                f"--extra-index-url: every package is looked for in the first index and in {further} "
                "more, as by pip: the versions of all of them may be chosen",
            )
        if self._indexes.none and not self._indexes.links:
            self.intake.fault("", "--no-index without --find-links leaves no place to choose from")

    def _read_file(self, name: str, text: str, *, as_constraints: bool) -> None:
        if (name, as_constraints) in self._files:
            return
        self._files.add((name, as_constraints))
        for line in requirements_lines(text, self.variables):
            place = f"line {line.number}"
            if len(self._files) > 1:
                place = f"{redact_text(name)}, {place}"
            self._read_line(line, place, name, as_constraints=as_constraints)

    def _read_line(self, line: FileLine, place: str, name: str, *, as_constraints: bool) -> None:
        if line.fault is not None:
            self.intake.fault(place, line.fault)
            return
        for word in line.passed_over:
            self.intake.warn(place, f"{word} has no effect there, for pip neither")
        self._hashes += len(line.values("--hash"))
        if line.requirement:
            self._read_requirement(line.requirement, place, as_constraints=as_constraints)
            return
        for option in line.options:
            self._read_option(option, place, name, as_constraints=as_constraints)

    def _read_requirement(self, text: str, place: str, *, as_constraints: bool) -> None:
        if _PATH.match(text) and " @ " not in text:
            self._refuse("a path or an address of a package", text, place)
            return
        requirement = read_requirement(place, text, self.intake)
        if requirement is None:
            return
        if not as_constraints:
            self.draft.take(place, requirement)
        elif requirement.url is None:
            self.draft.constraints.append(requirement)
        else:
            why = f"the constraint of {requirement.name} names an address"
            self.draft.refuse(place, requirement.name, why, requirement.marker)

    def _refuse(self, what: str, text: str, place: str) -> None:
        """What comes from elsewhere, with the marker that may stand behind it."""
        path, semicolon, condition = text.partition(" ;" if "://" in text else ";")
        marker = None
        if semicolon:
            try:
                marker = Marker(condition.strip())
            except (InvalidMarker, RecursionError):
                self.intake.fault(place, "what stands behind the semicolon is no marker")
                return
        self.draft.refuse(place, redact_text(path.strip())[:60], what, marker)

    def _read_option(
        self, option: FileOption, place: str, name: str, *, as_constraints: bool
    ) -> None:
        if option.name in {"--requirement", "--constraint"}:
            bound = as_constraints or option.name == "--constraint"
            self._include(option.value, place, name, as_constraints=bound)
        elif option.name == "--editable":
            self._refuse("an editable project", option.value, place)
        elif option.name in {"--index-url", "--extra-index-url"}:
            self._read_index(option, place)
        elif option.name == "--find-links":
            link = read_link(option.value, place, self.intake)
            if link is not None:
                self._indexes.links.append(link)
        else:
            self._read_choice(option, place)

    def _read_index(self, option: FileOption, place: str) -> None:
        url = read_address(self.intake, place, option.value)
        if url is None:
            return
        if option.name == "--index-url":  # pip takes the last
            self._indexes.main = url
        else:
            self._indexes.further.append(url)

    def _read_choice(self, option: FileOption, place: str) -> None:
        """What says which files and versions may be chosen."""
        if option.name == "--no-index":
            self._indexes.none = True
        elif option.name == "--trusted-host":
            self._indexes.trusted.add(_host_of(option.value))
        elif option.name == "--pre":
            self._release([_ALL], PreReleases.ALLOW)
        elif option.name in {"--all-releases", "--only-final"}:
            allow = option.name == "--all-releases"
            rule = PreReleases.ALLOW if allow else PreReleases.NEVER
            self._release(option.value.split(","), rule)
        elif option.name == "--only-binary":
            self._only_binary(option.value.split(","), place)
        elif option.name == "--no-binary":
            self.intake.warn(
                place,
                f"--no-binary {shown(option.value)} is not obeyed: wheels are read, and installed",
            )
        elif option.name not in _WITHOUT_INFLUENCE and option.name != "--config-settings":
            self.intake.fault(place, f"{option.name} is not taken in a requirements file")

    def _only_binary(self, names: list[str], place: str) -> None:
        if _ALL in names:
            self.draft.wheels_only = True
        elif names != [_NONE]:
            listed = ", ".join(map(shown, names[:5]))
            self.intake.warn(
                place, f"--only-binary {listed} is obeyed unless source distributions are asked for"
            )

    def _release(self, names: list[str], rule: PreReleases) -> None:
        """The later option wins; ':all:' and ':none:' forget what was said by name."""
        draft = self.draft
        for name in map(str.strip, names):
            if name == _ALL:
                draft.pre_releases = rule
                draft.pre_releases_of = {}
            elif name == _NONE:
                kept = {one: own for one, own in draft.pre_releases_of.items() if own is not rule}
                draft.pre_releases_of = kept
                draft.pre_releases = None if draft.pre_releases is rule else draft.pre_releases
            elif name:
                draft.pre_releases_of[canonicalize_name(name)] = rule

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


def no_include(_wanted: str, _by: str) -> str:
    """Refuses every file that another names: the text came without them."""
    return "names another file, which did not come with it: send one file"
