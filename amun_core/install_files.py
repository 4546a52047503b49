"""What uv reads to install a stack: files of a plan and arguments, in the order of the attempts.

Where the lock says of every file where it lies, that is a pylock.toml with these addresses. Should
one of them be no longer there, the same files are looked for on the index, by their hashes: what
the hashes pin is the same wherever it lies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from amun_core.errors import AttemptFailedError
from amun_core.index_reader import is_usual
from amun_core.plan import BuildPlan, FileAddress, IndexSource, LockedRequirement
from amun_core.states import FailureReason

PYLOCK, REQUIREMENTS = "pylock.toml", "requirements.txt"
PROJECT, CONSTRAINTS = "pyproject.toml", "constraints.txt"

# what is no plain pin could be an option of the installer
_PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_HASH = re.compile(r"[a-z0-9]+:[0-9a-fA-F]+")
_CHOICE = re.compile(r"--(?:no|only)-binary (?::all:|:none:|[a-z0-9][a-z0-9-]*)")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of `uv pip install`: files, and words that name them where they stand in them."""

    files: Mapping[str, str]
    words: tuple[str, ...]

    def arguments(self, folder: str) -> list[str]:
        """The arguments, with the files in `folder`."""
        return [f"{folder}/{word}" if word in self.files else word for word in self.words]


def attempts(plan: BuildPlan) -> list[Attempt]:
    """What is tried, the first one first; nothing where there is nothing to install."""
    requirements = plan.requirements
    if not requirements:
        return []
    if any(item.file is None for item in requirements):
        return [_by_name(plan, requirements)]
    hashed = _hashed(requirements)
    words = ("--preview-features", "pylock", "--requirements", PYLOCK, *hashed)
    tried = [Attempt({PYLOCK: pylock_text(requirements)}, words)]
    if hashed and all(item.url is None for item in requirements):
        pins = [item.model_copy(update={"file": None}) for item in requirements]
        tried.append(_by_name(plan, pins))
    return tried


def _hashed(requirements: Iterable[LockedRequirement]) -> tuple[str, ...]:
    return ("--require-hashes",) if all(item.hashes for item in requirements) else ()


def _by_name(plan: BuildPlan, requirements: Sequence[LockedRequirement]) -> Attempt:
    """From indexes. Only a pyproject.toml can say to uv which package comes from which of them."""
    bound = bound_sources(plan)
    apart = [item for item in requirements if item.name in bound and not _direct_address(item)]
    names = {item.name for item in apart}
    others = [item for item in requirements if item.name not in names]
    files, words = {}, list(_hashed(requirements))
    if others:
        files[REQUIREMENTS] = requirements_text(others)
        words += ["--requirements", REQUIREMENTS]
    if apart:
        files |= {PROJECT: _project_text(apart, bound), CONSTRAINTS: requirements_text(apart)}
        words += ["--requirements", PROJECT, "--constraints", CONSTRAINTS]
    for choice in plan.choices:
        if _CHOICE.fullmatch(choice):
            words += choice.split()
    return Attempt(files, tuple(words))


def bound_sources(plan: BuildPlan) -> dict[str, str]:
    """Package -> name for uv of the index that the lock binds it to.

    Not for the usual index: whatever is in use on the host stands for that, all of it.
    """
    if plan.no_index:
        return {}
    names = {
        source.name: name
        for name, source in named_sources(plan.sources)
        if source.url.startswith(("https://", "http://")) and not is_usual(source)
    }
    return {item.name: names[item.index] for item in plan.requirements if item.index in names}


def named_sources(sources: Iterable[IndexSource]) -> Iterator[tuple[str, IndexSource]]:
    """Each index of a plan, with the name by which uv knows it."""
    return ((f"source{number}", source) for number, source in enumerate(sources))


def _project_text(requirements: Iterable[LockedRequirement], bound: Mapping[str, str]) -> str:
    pins = [(_checked_pin(item), bound[item.name]) for item in requirements]
    lines = ["[project]", 'name = "amun-stack"', 'version = "0"', "dependencies = ["]
    lines += [f"  {_text(pin)}," for pin, _ in pins]
    lines += ["]", "", "[tool.uv.sources]"]
    lines += [
        f"{_text(pin.partition('==')[0])} = {{ index = {_text(name)} }}" for pin, name in pins
    ]
    return "\n".join(lines) + "\n"


def requirements_text(requirements: Iterable[LockedRequirement]) -> str:
    """The stack as a requirements file: exact versions or addresses, with the allowed hashes.

    What is no plain pin is refused: a line of this file could be an option of the installer.
    """
    lines = []
    for requirement in requirements:
        pin = _checked_pin(requirement)
        address = _direct_address(requirement)
        if address is not None:
            pin = f"{requirement.name} @ {address}"
        hashes = [f"--hash={value}" for value in requirement.hashes if _HASH.fullmatch(value)]
        lines.append(" \\\n    ".join([pin, *hashes]))
    return "".join(f"{line}\n" for line in lines)


def _checked_pin(requirement: LockedRequirement) -> str:
    pin = f"{requirement.name}=={requirement.version}"
    if not _PIN.fullmatch(pin):
        raise AttemptFailedError(
            FailureReason.RESOLUTION_FAILED, f"{pin!r} is not a pinned package"
        )
    return pin


def _direct_address(requirement: LockedRequirement) -> str | None:
    file = requirement.file
    if requirement.url is not None:
        below = f"#subdirectory={file.subdirectory}" if file and file.subdirectory else ""
        return _plain_url(requirement.name, requirement.url) + below
    # only pylock.toml can say that an address gives a file of another name
    if file is None or unquote(urlsplit(file.url).path).rpartition("/")[2] != file.name:
        return None
    return _plain_url(requirement.name, file.url)


def _plain_url(name: str, url: str) -> str:
    """The address as one word of one line, with nothing in it that an installer would expand."""
    if not url.startswith(("https://", "http://")):
        raise AttemptFailedError(
            FailureReason.RESOLUTION_FAILED,
            f"{name}: only packages from http and https addresses are installed",
        )
    return quote(url, safe="%:/?#[]@!&'()*+,;=~")


def pylock_text(requirements: Iterable[LockedRequirement]) -> str:
    """A pylock.toml that has one file of each package and says where it lies."""
    lines = ['lock-version = "1.0"', 'created-by = "amun"']
    for requirement in requirements:
        _checked_pin(requirement)
        lines += ["", "[[packages]]", f"name = {_text(requirement.name)}"]
        if requirement.file is None:
            raise ValueError(f"{requirement.name} has no file")
        if requirement.file.kind != "archive":
            lines.append(f"version = {_text(requirement.version)}")
        lines.append(_file_line(requirement.name, requirement.file))
    return "\n".join(lines) + "\n"


def _file_line(name: str, file: FileAddress) -> str:
    fields = [f"url = {_text(_plain_url(name, file.url))}"]
    if file.kind == "archive":
        fields += [f"subdirectory = {_text(file.subdirectory)}"] if file.subdirectory else []
    else:
        fields.insert(0, f"name = {_text(file.name)}")
    fields += [f"size = {file.size}"] if file.size is not None else []
    pairs = [value.partition(":") for value in file.hashes if _HASH.fullmatch(value)]
    hashes = ", ".join(f"{algorithm} = {_text(value)}" for algorithm, _, value in pairs)
    table = "{ " + ", ".join([*fields, f"hashes = {{ {hashes} }}"]) + " }"
    return f"wheels = [{table}]" if file.kind == "wheel" else f"{file.kind} = {table}"


def _text(value: str) -> str:
    """A basic string of TOML: as in JSON, but DEL must be escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
