"""What uv reads to install a stack: the files of a plan, in the order in which they are tried.

Where the lock says of every file where it lies, that is a pylock.toml with these addresses. Should
one of them be no longer there, the same files are looked for on the index, by their hashes: what
the hashes pin is the same wherever it lies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote, urlsplit

from amun_core.errors import AttemptFailedError
from amun_core.plan import BuildPlan, FileAddress, LockedRequirement
from amun_core.states import FailureReason

PYLOCK, REQUIREMENTS = "pylock.toml", "requirements.txt"

# what is no plain pin could be an option of the installer
_PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_HASH = re.compile(r"[a-z0-9]+:[0-9a-fA-F]+")
_CHOICE = re.compile(r"--(?:no|only)-binary (?::all:|:none:|[a-z0-9][a-z0-9-]*)")


def install_files(plan: BuildPlan) -> dict[str, str]:
    """Name and text of each file; the first one is tried first."""
    requirements = plan.requirements
    if not requirements or any(item.file is None for item in requirements):
        return {REQUIREMENTS: requirements_text(requirements, plan.choices)}
    files = {PYLOCK: pylock_text(requirements)}
    if all(item.hashes and item.url is None for item in requirements):
        pins = [item.model_copy(update={"file": None}) for item in requirements]
        files[REQUIREMENTS] = requirements_text(pins, plan.choices)
    return files


def uv_arguments(name: str, *, require_hashes: bool) -> list[str]:
    """The arguments of `uv pip install` that depend on which file it reads."""
    preview = ["--preview-features", "pylock"] if name == PYLOCK else []
    return [*preview, *(["--require-hashes"] if require_hashes else [])]


def requirements_text(
    requirements: Sequence[LockedRequirement], choices: Iterable[str] = ()
) -> str:
    """The stack as a requirements file: exact versions or addresses, with the allowed hashes.

    What is no plain pin is refused: a line of this file could be an option of the installer.
    """
    lines = [choice for choice in choices if _CHOICE.fullmatch(choice)]
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
