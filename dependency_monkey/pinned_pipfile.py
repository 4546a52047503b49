"""A stack as Pipfile and Pipfile.lock.

The Pipfile is the person's own where there is one, so that `pipenv verify` holds for it; else one is
made of the requirements. The hash in the lock is pipenv's: of sources, Python version and packages,
their names in canonical form.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from amun_core.lock_pipfile import pipfile_lock_document
from amun_core.locked_package import Lock, LockedPackage
from amun_core.plan import LinkSource
from dependency_monkey.errors import LockError
from dependency_monkey.index.opening import default_index_url
from dependency_monkey.pinned import (
    NamedIndex,
    PinnedStack,
    by_name,
    index_address,
    joined_marker,
    public_address,
)
from dependency_monkey.problem import PreReleases, Root

DefaultUrl = Callable[[], str]

#: Tables of a Pipfile that are no group of packages.
_NO_GROUPS = frozenset(
    {"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"}
    | {"default", "develop"}
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"<>`]+")


def pipfile_files(
    stack: PinnedStack, pipfile: str | None = None, default_url: DefaultUrl = default_index_url
) -> dict[str, str]:
    """Pipfile and Pipfile.lock. `pipfile` is the text of the one that the problem was read from.

    A Pipfile names the address of each index: `default_url` tells that of the configured one.
    """
    if pipfile is None:
        text = made_pipfile(stack, default_url)
    else:
        text = public_pipfile(pipfile, stack.sources, default_url)
    document = _parsed(text)
    linked = sorted(pin.name for pin in stack.pins if isinstance(pin.source, LinkSource))
    if linked:
        raise LockError(
            f"a Pipfile.lock cannot name the page of links that {linked[0]} comes from",
            hint="write the lock as pylock.toml",
        )
    names = {str(one.get("name")) for one in document["source"]}
    strange = sorted({pin.source.name for pin in stack.pins} - names)
    if strange:
        raise LockError(
            f"the Pipfile has no source named {strange[0]}",
            hint="write the lock with the Pipfile that the problem was read from",
        )
    packages = tuple(
        LockedPackage(
            name=pin.name,
            version=pin.version,
            marker=pin.marker,
            hashes=pin.hashes,
            index=pin.source.name,
            extras=pin.extras,
        )
        for pin in stack.pins
    )
    lock = {
        "_meta": {
            "hash": {"sha256": hash_of(document)},
            "pipfile-spec": 6,
            "requires": document.get("requires", {}),
            "sources": document["source"],
        },
        "default": pipfile_lock_document(Lock(packages))["default"],
        "develop": {},
    }
    written = json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True, default=str)
    return {"Pipfile": text, "Pipfile.lock": written + "\n"}


def made_pipfile(stack: PinnedStack, default_url: DefaultUrl) -> str:
    """A Pipfile of what was asked for."""
    packages = {name: _entry(roots) for name, roots in by_name(stack.roots).items()}
    tables = [
        *_sources(stack.sources, default_url),
        _table("[packages]", packages),
        _table("[requires]", {"python_version": stack.python}),
    ]
    if stack.pre_releases is PreReleases.ALLOW:
        tables.append(_table("[pipenv]", {"allow_prereleases": True}))
    return "\n".join(tables)


def public_pipfile(text: str, sources: Sequence[NamedIndex], default_url: DefaultUrl) -> str:
    """The person's Pipfile without credentials, and with the sources where it names none."""
    text = _ADDRESS.sub(lambda found: public_address(found[0]), text.replace("\r\n", "\n"))
    if "source" not in _parsed(text):
        text = "\n".join([f"{text.rstrip()}\n", *_sources(sources, default_url)])
    return text


def pipfile_hash(text: str) -> str:
    """What pipenv compares: the hash of a Pipfile that names its sources."""
    return hash_of(_parsed(text))


def hash_of(document: Mapping[str, Any]) -> str:
    """The same of a Pipfile that was read already."""
    hashed = {
        "_meta": {"sources": document.get("source", {}), "requires": document.get("requires", {})},
        "default": _canonical(document.get("packages", {})),
        "develop": _canonical(document.get("dev-packages", {})),
        **{name: _canonical(group) for name, group in document.items() if name not in _NO_GROUPS},
    }
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(group: Mapping[str, Any]) -> dict[str, Any]:
    return {canonicalize_name(name): wanted for name, wanted in group.items()}


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LockError(f"the Pipfile is not TOML: {error}") from None


def _sources(sources: Sequence[NamedIndex], default_url: DefaultUrl) -> list[str]:
    return [
        _table(
            "[[source]]",
            {
                "name": one.name,
                "url": index_address(one) or public_address(default_url()),
                "verify_ssl": one.verify_ssl,
            },
        )
        for one in sources
        if not isinstance(one, LinkSource)
    ]


def _table(heading: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items()]
    return "\n".join([heading, *lines]) + "\n"


def _value(value: object) -> str:
    """Inline, as people write a Pipfile; texts, lists of texts and booleans are as in JSON."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _entry(roots: Sequence[Root]) -> str | dict[str, Any]:
    """What the Pipfile says of one package: its versions, or a table where there is more to say."""
    versions = SpecifierSet()
    for root in roots:
        versions &= root.requirement.specifier
    entry: dict[str, Any] = {"version": str(versions) or "*"}
    extras = sorted({extra for root in roots for extra in root.requirement.extras})
    marker = joined_marker(roots)
    index = next((root.source for root in roots if root.source), None)
    if extras:
        entry["extras"] = extras
    if marker:
        entry["markers"] = marker
    if index:
        entry["index"] = index
    return entry if len(entry) > 1 else str(entry["version"])
