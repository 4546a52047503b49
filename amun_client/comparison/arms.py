"""What the two arguments of `amun compare` are: a specification, a lock, words, or a stored inspection."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from amun_client.errors import UsageFaultError
from amun_client.submission import Document, read_lock_file, read_specification
from amun_core.lock import read_lock
from amun_core.specification import LockFormat

#: One requirement and what separates it from the next; a comma before a specifier belongs to it.
_REQUIREMENT = re.compile(
    r"\s*(?P<one>[A-Za-z0-9][A-Za-z0-9._-]*(?:\s*\[[^\]]*\])?"
    r"(?:\s*,?\s*(?:===?|~=|!=|<=|>=|<|>)\s*[^\s,<>=!~]+)*)(?:\s*,\s*|\s+|$)"
)
_STORED = re.compile(r"inspection-[a-z0-9-]*", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"[0-9a-f]{6,8}")
_LOOKS_LIKE_A_FILE = re.compile(r".*\.(ya?ml|json|toml|txt|lock|in)$", re.IGNORECASE)

#: Package -> the framework that its presence in the words or in a lock speaks for.
_FRAMEWORKS = {
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "intel-tensorflow": "tensorflow",
    "torch": "torch",
    "jax": "jax",
    "onnxruntime": "onnxruntime",
    "numpy": "numpy",
}


#: The packages that people know a stack by.
FRAMEWORK_PACKAGES = tuple(_FRAMEWORKS)


@dataclass(frozen=True, slots=True)
class Words:
    """Requirements; they still have to be resolved."""

    text: str
    requirements: tuple[str, ...]

    @property
    def packages(self) -> frozenset[str]:
        """The packages that are named."""
        names = (Requirement(text).name for text in self.requirements)
        return frozenset(map(str, map(canonicalize_name, names)))


@dataclass(frozen=True, slots=True)
class SpecificationFile:
    """A whole specification, and the folder that its paths are relative to."""

    text: str
    document: Document
    folder: Path


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock as `python.lock` of a specification, and the packages in it."""

    text: str
    lock: Document
    packages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """An inspection that the service has."""

    identity: str


ArmInput = Words | SpecificationFile | LockFile | Stored


def read_arm(text: str) -> ArmInput:
    """What `text` is. A file comes first, then an id, then requirements."""
    if Path(text).is_file():
        return _read_file(text)
    if _STORED.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return Stored(text)
    if ("/" in text and "://" not in text) or (
        _LOOKS_LIKE_A_FILE.fullmatch(text) and "==" not in text
    ):
        raise UsageFaultError(f"{text}: no such file")
    return Words(text, split_requirements(text))


def split_requirements(text: str) -> tuple[str, ...]:
    """Requirements separated by blanks or commas; a comma inside of one is its own."""
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _REQUIREMENT.match(text, at)
        if match is None:
            raise _not_understood(text)
        try:
            found.append(str(Requirement(match["one"])))
        except InvalidRequirement:
            raise _not_understood(text) from None
        at = match.end()
    if not found:
        raise _not_understood(text)
    return tuple(found)


def _not_understood(text: str) -> UsageFaultError:
    return UsageFaultError(
        f"{text!r} is no file, no id of an inspection, and no requirement",
        hint="a requirement reads numpy==1.26.4; several: 'numpy==1.26.4 scipy<1.14'",
    )


def _read_file(text: str) -> SpecificationFile | LockFile:
    path = Path(text)
    if path.suffix.lower() in {".yaml", ".yml"}:
        document, folder = read_specification(text, sys.stdin)
        return SpecificationFile(text, document, folder)
    if path.suffix.lower() == ".json":
        document, folder = read_specification(text, sys.stdin)
        if "_meta" not in document and "default" not in document:
            return SpecificationFile(text, document, folder)
    lock = read_lock_file(path)
    read = read_lock(lock["content"], LockFormat(lock["format"]))
    return LockFile(text, lock, frozenset(package.name for package in read.packages))


def guess_framework(packages: Iterable[str]) -> str | None:
    """The one framework that the packages speak for; NumPy only where there is no other."""
    found = {_FRAMEWORKS[name] for name in packages if name in _FRAMEWORKS}
    if len(found) > 1:
        found.discard("numpy")
    return found.pop() if len(found) == 1 else None


def arm_text(arm: Any) -> str:
    """What was typed."""
    return str(arm.identity if isinstance(arm, Stored) else arm.text)
