"""The stack that a suite is run on: a lock file, requirements, or the framework's newest package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amun_client.pin_sharing import python_version_of, shared_pins
from amun_client.submission import read_lock_file
from amun_core.lock import lock_digest, read_lock
from amun_core.specification import LockFormat

Document = dict[str, Any]

#: What a framework is called on the index, where it is called otherwise.
_PACKAGES = {"tensorflow": "tensorflow-cpu"}


@dataclass(frozen=True, slots=True)
class Stack:
    """A lock as a specification takes it, and its digest."""

    lock: Document
    digest: str


def of_lock(lock: Document) -> Stack:
    """The stack of a lock."""
    read = read_lock(lock["content"], LockFormat(lock["format"]))
    return Stack(lock, lock_digest(read))


def of_file(path: Path) -> Stack:
    """The stack of a lock file."""
    return of_lock(read_lock_file(path))


def requirements_of(framework: str) -> tuple[str, ...]:
    """The requirement of a framework where nobody names one: its newest package."""
    return (_PACKAGES.get(framework, framework),)


def resolved(
    requirements: Sequence[str], environ: Mapping[str, str], *, base: str | None = None
) -> Stack:
    """The newest stack that fulfils the requirements, with hashes.

    The resolver makes two stacks alike; with both sides the same it makes one.
    """
    version = python_version_of(base) if base else None
    answer = shared_pins(requirements, requirements, environ, python_version=version)
    return of_lock({"format": LockFormat.REQUIREMENTS.value, "content": answer["a"]["lock"]})
