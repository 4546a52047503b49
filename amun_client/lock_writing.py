"""The lock of a stack that was inspected, as a file, with what was measured as its justification."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amun_client.errors import ClientError, UsageFaultError
from amun_core.lock import read_lock
from amun_core.lock_pipfile import pipfile_lock_document
from amun_core.locked_package import Lock, LockedPackage
from amun_core.specification import LockFormat

Document = Mapping[str, Any]

#: What a marker of pylock.toml may ask that no requirements.txt and no Pipfile.lock knows.
_ONLY_IN_PYLOCK = ("extras", "dependency_groups")


@dataclass(frozen=True, slots=True)
class StoredLock:
    """The lock that an inspection was asked for with."""

    format: LockFormat
    content: str


def stored_lock(specification: Document) -> StoredLock:
    """The lock in a specification. Raises ClientError where it has none."""
    python = specification.get("python") or {}
    if lock := python.get("lock"):
        return StoredLock(LockFormat(lock["format"]), str(lock["content"]))
    if locked := python.get("requirements_locked"):
        return StoredLock(LockFormat.PIPFILE_LOCK, json.dumps(locked, indent=4) + "\n")
    raise ClientError(
        "it has no lock: nothing was installed for it",
        hint="`amun inspection show ID --specification` shows what was asked for",
    )


def written(stored: StoredLock, wanted: LockFormat, why: Sequence[str]) -> str:
    """The text of the lock in the format that is wanted, `why` as a comment where it has any."""
    if wanted is stored.format:
        text = stored.content if stored.content.endswith("\n") else f"{stored.content}\n"
    elif wanted is LockFormat.PYLOCK:
        raise UsageFaultError(
            f"a {stored.format} does not say which files there are, as a pylock.toml does",
            hint=f"--format {stored.format} or {LockFormat.REQUIREMENTS}; "
            "`amun stack lock` writes a pylock.toml",
        )
    else:
        text = _converted(read_lock(stored.content, stored.format), wanted)
    if wanted is LockFormat.PIPFILE_LOCK:
        return text
    return "".join(f"# {_one_line(line)}\n" for line in why) + text


def _converted(lock: Lock, wanted: LockFormat) -> str:
    for package in lock.packages:
        if package.marker and any(word in package.marker for word in _ONLY_IN_PYLOCK):
            raise UsageFaultError(
                f"{package.name} depends on {package.marker}: a {wanted} cannot say that",
                hint=f"--format {lock.format}",
            )
    if wanted is LockFormat.REQUIREMENTS:
        left_out = [f"# left out: {one.name}, which {one.why}\n" for one in lock.unusable]
        return "".join([*left_out, *map(_requirement, lock.packages)])
    names = [package.name for package in lock.packages]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageFaultError(
            f"{twice[0]} stands in it twice, for two environments: a Pipfile.lock has one of each",
            hint=f"--format {lock.format}",
        )
    return json.dumps({**pipfile_lock_document(lock), "develop": {}}, indent=4) + "\n"


def _requirement(package: LockedPackage) -> str:
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    pin = f" @ {package.url}" if package.url else f"=={package.version}"
    marker = f" ; {package.marker}" if package.marker else ""
    lines = [f"{package.name}{extras}{pin}{marker}"]
    lines += [f"    --hash={one}" for one in package.hashes]
    return " \\\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    """Nothing that stands in a name can end the comment."""
    return "".join(one if one.isprintable() else " " for one in text)
