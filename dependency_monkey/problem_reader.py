"""From a file or words to a problem: roots that apply, sources, environment, and what to tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from amun_core.foreign_files import foreign_file
from amun_core.intake import InputWarning, Intake
from amun_core.plan import IndexSource
from amun_core.redaction import redact_text
from amun_core.requirements_file import RequirementsEncodingError, decode_file
from amun_core.specification import MAXIMUM_FILE_BYTES
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem import DEFAULT_SOURCE, Policy, PreReleases, Problem
from dependency_monkey.problem_draft import (
    Draft,
)
from dependency_monkey.problem_pipfile import read_pipfile
from dependency_monkey.problem_pyproject import read_pyproject
from dependency_monkey.problem_requirements import (
    Include,
    Included,
    RequirementsReader,
    no_include,
)
from dependency_monkey.problem_roots import active_roots, applies
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

    `sources` has the addresses of the problem's sources and links, in the same order; an empty one
    is the index of pip's configuration. `inactive` are roots whose marker does not hold in the environment.
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
        str(given),
        found.text,
        wishes,
        include=_beside,
        variables=variables or {},
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
    foreign = foreign_file(plain, text)
    if len(text) > MAXIMUM_FILE_BYTES:
        intake.fault("", f"longer than {MAXIMUM_FILE_BYTES} characters")
    elif foreign is not None:
        intake.fault("", foreign.message, foreign.hint)
    elif plain.endswith((".lock", ".json")) or plain.startswith("pylock."):
        intake.fault("", "a lock leaves nothing to choose", "give the file that it was made from")
    elif plain == "Pipfile" or plain.endswith((".toml", ".Pipfile")) or "[[source]]" in text:
        document = _toml(text, intake)
        if document is None:
            pass
        elif _is_pyproject(plain, document):
            read_pyproject(
                document,
                draft,
                intake,
                extras=wishes.extras,
                dev=wishes.dev,
                uv_file=_uv_file(name, include, intake),
            )
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


def _uv_file(name: str, include: Include, intake: Intake) -> dict[str, Any] | None:
    """The uv.toml beside a pyproject.toml, where there is one."""
    found = include("uv.toml", name)
    if isinstance(found, str):
        return None
    try:
        return tomllib.loads(found.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        intake.fault("", f"the uv.toml beside it is not TOML: {redact_text(str(error))}")
        return None


def _read_text(path: Path) -> Included | str:
    """The text of a file, or why there is none."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            return f"{path.name} is longer than {MAXIMUM_FILE_BYTES} bytes"
        return Included(str(path), decode_file(path.name, path.read_bytes()))
    except RequirementsEncodingError as error:
        return f"{path.name} is {error}"
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        return f"{path.name} cannot be read: {why}"


def _beside(wanted: str, by: str) -> Included | str:
    """A file that another names: relative to the folder of that one, as for pip."""
    return _read_text(Path(by).parent / wanted)


def _finish(name: str, draft: Draft, intake: Intake, wishes: Wishes) -> ReadProblem:
    environment = _environment(draft, intake, wishes)
    roots, inactive = active_roots(draft, intake, environment)
    if not roots and not intake.faults:
        intake.fault("", "asks for no package" + (" in this environment" if inactive else ""))
    if intake.faults:
        raise _invalid(name, intake, inactive)
    sources = tuple(draft.sources)
    if not sources and not (draft.no_index and draft.links):
        sources = (IndexSource(name=DEFAULT_SOURCE, url=""),)
    places = (*sources, *draft.links)
    problem = Problem(
        roots,
        environment,
        _policy(draft, wishes.policy),
        tuple(source.name for source in places),
        tuple(one for one in draft.constraints if applies(one.marker, environment)),
        searched=((),) if draft.no_index else tuple(draft.searched),
        links=tuple(link.name for link in draft.links),
        overrides=tuple(one for one in draft.overrides if applies(one.marker, environment)),
        removed=frozenset(draft.removed | _without_override(draft, environment)),
    )
    return ReadProblem(problem, places, inactive, intake.bounded_warnings())


def _without_override(draft: Draft, environment: TargetEnvironment) -> set[NormalizedName]:
    """Packages whose overrides all do not apply here: nothing is left that requires them."""
    named: dict[NormalizedName, bool] = {}
    for one in draft.overrides:
        name = canonicalize_name(one.name)
        named[name] = named.get(name, False) or applies(one.marker, environment)
    return {name for name, applies in named.items() if not applies}


def _invalid(name: str, intake: Intake, inactive: tuple[str, ...]) -> InvalidProblemError:
    faults = intake.bounded_faults()
    first = faults[0]
    told = f"{first.pointer}: {first.message}" if first.pointer else first.message
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    error = InvalidProblemError(f"{name}: {told}{more}", faults=faults, hint=first.hint)
    error.warnings = remarks(intake.bounded_warnings(), inactive)
    return error


def remarks(warnings: Iterable[InputWarning], inactive: Iterable[str]) -> list[str]:
    """What was noticed while a problem was read, in words."""
    told = [f"{one.pointer}: {one.message}".lstrip(": ") for one in warnings]
    return [*told, *(f"{text} does not apply in this environment" for text in inactive)]


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
    if draft.environments and not any(applies(one, environment) for one in draft.environments):
        listed = "; ".join(map(str, draft.environments[:5]))
        intake.fault("/tool/uv/environments", f"the project is for other environments: {listed}")
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
    """What was asked for, and what the file says where nothing else was asked for."""
    found = policy
    if draft.pre_releases is not None and policy.pre_releases is PreReleases.IF_NECESSARY:
        found = replace(found, pre_releases=draft.pre_releases)
    if policy.pre_releases is PreReleases.IF_NECESSARY:
        found = replace(found, pre_releases_of=draft.pre_releases_of)
    if policy.as_of is None:  # what a person asks for takes the place of what the file says
        found = replace(found, as_of=draft.as_of, as_of_of=draft.as_of_of)
    return replace(found, sdists=False) if draft.wheels_only else found
