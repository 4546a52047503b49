"""From a file or words to a problem: roots that apply, sources, environment, and what to tell."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from amun_core.intake import InputWarning, Intake, shown
from amun_core.plan import IndexSource
from amun_core.specification import MAXIMUM_FILE_BYTES
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import DEFAULT_SOURCE, Policy, PreReleases, Problem, Root
from dependency_monkey.problem_draft import MAXIMUM_ROOTS, Draft
from dependency_monkey.problem_pipfile import read_pipfile
from dependency_monkey.problem_pyproject import read_pyproject
from dependency_monkey.problem_requirements import (
    Include,
    Included,
    RequirementsReader,
    no_include,
)
from dependency_monkey.problem_words import read_words


@dataclass(frozen=True)
class Wishes:
    """What a person asks for besides the file.

    Without an environment it is that of this host. Unless its Python was asked for (`python_told`),
    it gets the one that a Pipfile requires.
    """

    environment: TargetEnvironment | None = None
    python_told: bool = True
    policy: Policy = field(default_factory=Policy)
    dev: bool = False
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadProblem:
    """A problem, and what was noticed while it was read.

    `sources` has the addresses of the problem's sources, in the same order; an empty one is the
    index of pip's configuration. `inactive` are roots whose marker does not hold in the environment.
    """

    problem: Problem
    sources: tuple[IndexSource, ...]
    inactive: tuple[str, ...] = ()
    warnings: tuple[InputWarning, ...] = ()


def read_problem(
    given: Path | Sequence[str],
    wishes: Wishes = Wishes(),
    *,
    variables: Mapping[str, str] | None = None,
) -> ReadProblem:
    """Read a file, or words; one word that is an existing file is read as that file.

    Raises InvalidProblemError with every fault at once. `variables` replace ${NAME} in requirements
    files.
    """
    if not isinstance(given, Path):
        if len(given) != 1 or not Path(given[0]).is_file():
            return _read_words(given, wishes)
        given = Path(given[0])
    found = _read_text(given)
    if isinstance(found, str):
        raise InvalidProblemError(found)
    return read_problem_text(
        str(given), found.text, wishes, include=_beside, variables=variables or {}
    )


def read_problem_text(
    name: str,
    text: str,
    wishes: Wishes = Wishes(),
    *,
    include: Include = no_include,
    variables: Mapping[str, str] | None = None,
) -> ReadProblem:
    """Read a text; its name tells the format: Pipfile, *.toml, else a requirements file."""
    intake, draft = Intake(), Draft()
    plain = PurePosixPath(name).name
    if len(text) > MAXIMUM_FILE_BYTES:
        intake.fault("", f"longer than {MAXIMUM_FILE_BYTES} characters")
    elif plain.endswith((".lock", ".json")) or plain.startswith("pylock."):
        intake.fault("", "a lock leaves nothing to choose", "give the file that it was made from")
    elif plain == "Pipfile" or plain.endswith((".toml", ".Pipfile")) or "[[source]]" in text:
        document = _toml(text, intake)
        if document is None:
            pass
        elif _is_pyproject(plain, document):
            read_pyproject(document, draft, intake, extras=wishes.extras, dev=wishes.dev)
        else:
            read_pipfile(document, draft, intake, dev=wishes.dev)
    else:
        RequirementsReader(draft, intake, include, variables or {}).read(name, text)
    return _finish(plain, draft, intake, wishes)


def _read_words(words: Sequence[str], wishes: Wishes) -> ReadProblem:
    intake, draft = Intake(), Draft()
    read_words(words, draft, intake)
    return _finish("the words", draft, intake, wishes)


def _is_pyproject(name: str, document: Mapping[str, Any]) -> bool:
    if name == "Pipfile":
        return False
    return name == "pyproject.toml" or not ({"packages", "source"} & document.keys())


def _toml(text: str, intake: Intake) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        intake.fault("", f"is not TOML: {error}")
        return None


def _read_text(path: Path) -> Included | str:
    """The text of a file, or why there is none."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            return f"{path.name} is longer than {MAXIMUM_FILE_BYTES} bytes"
        return Included(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return f"{path.name} is no text in UTF-8"
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        return f"{path.name} cannot be read: {why}"


def _beside(wanted: str, by: str) -> Included | str:
    """A file that another names: relative to the folder of that one, as for pip."""
    return _read_text(Path(by).parent / wanted)


def _finish(name: str, draft: Draft, intake: Intake, wishes: Wishes) -> ReadProblem:
    environment = _environment(draft, intake, wishes)
    roots, inactive = _roots(draft, intake, environment)
    if not roots and not intake.faults:
        intake.fault("", "asks for no package" + (" in this environment" if inactive else ""))
    if intake.faults:
        faults = intake.bounded_faults()
        told = (
            faults[0].message
            if not faults[0].pointer
            else f"{faults[0].pointer}: {faults[0].message}"
        )
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InvalidProblemError(f"{name}: {told}{more}", faults=faults, hint=faults[0].hint)
    sources = tuple(draft.sources) or (IndexSource(name=DEFAULT_SOURCE, url=""),)
    problem = Problem(
        roots,
        environment,
        _policy(draft, wishes.policy),
        tuple(source.name for source in sources),
        tuple(one for one in draft.constraints if _applies(one.marker, environment)),
    )
    return ReadProblem(problem, sources, inactive, intake.bounded_warnings())


def _environment(draft: Draft, intake: Intake, wishes: Wishes) -> TargetEnvironment:
    environment = wishes.environment or TargetEnvironment.of_this_host()
    if draft.python_version is not None:
        wanted = environment.with_python(draft.python_version)
        if wishes.environment is None or not wishes.python_told:
            environment = wanted
        elif wanted.python != environment.python:
            intake.warn(
                "/requires",
                f"asks for Python {draft.python_version}; answered for {environment.python_version}",
            )
    demand = draft.requires_python
    if demand is not None and not SpecifierSet(demand).contains(
        environment.python_version, prereleases=True
    ):
        intake.fault(
            "/project/requires-python",
            f"{demand} does not admit Python {environment.python_version}",
            "ask for another Python version",
        )
    return environment


def _policy(draft: Draft, policy: Policy) -> Policy:
    if draft.pre_releases and policy.pre_releases is PreReleases.IF_NECESSARY:
        return replace(policy, pre_releases=PreReleases.ALLOW)
    return policy


def _roots(
    draft: Draft, intake: Intake, environment: TargetEnvironment
) -> tuple[tuple[Root, ...], tuple[str, ...]]:
    roots: list[Root] = []
    inactive: list[str] = []
    sources: dict[str, str] = {}
    if len(draft.roots) > MAXIMUM_ROOTS:
        intake.fault("", f"{len(draft.roots)} requirements are more than {MAXIMUM_ROOTS}")
        return (), ()
    for one in draft.roots:
        root = Root(one.requirement, one.source)
        if not _applies(one.requirement.marker, environment):
            inactive.append(str(one.requirement))
            continue
        if root.source and sources.setdefault(root.name, root.source) != root.source:
            intake.fault(
                one.place,
                f"{root.name} comes from {shown(root.source)} here and from "
                f"{shown(sources[root.name])} elsewhere",
            )
        roots.append(root)
    return tuple(roots), tuple(inactive)


def _applies(marker: Marker | None, environment: TargetEnvironment) -> bool:
    return marker is None or marker.evaluate({**environment.markers, "extra": ""})
