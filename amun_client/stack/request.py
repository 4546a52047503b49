"""From what was typed to a question about stacks, and to what it is answered from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from amun_client.errors import UsageFaultError
from amun_client.stack.process import Where
from amun_core.requirements_file import RequirementsEncodingError, decode_file
from amun_core.specification import MAXIMUM_FILE_BYTES
from amun_core.stack_request import STACK_REQUEST_SCHEMA, StackVerb

Document = dict[str, Any]

_TARGET = ("python_version", "platform", "libc", "base")
_POLICY = ("as_of", "newer_than", "last", "last_of", "exclude", "allow", "pre_releases", "sdists")
_FILES = ("Pipfile", "pyproject.toml", "requirements.txt")


def question(
    verb: StackVerb, given: Mapping[str, Any], what: Sequence[str], **own: Any
) -> tuple[Document, Where]:
    """The question, and what it is answered from. `own` are the fields of the verb."""
    file = file_of(what)
    document: Document = {
        "schema": STACK_REQUEST_SCHEMA,
        "verb": str(verb),
        "target": _said(given, _TARGET),
        "policy": _said(given, _POLICY),
        "dev": given["dev"],
        "time_limit_seconds": given["time_limit"],
        **{name: value for name, value in own.items() if value is not None},
    }
    if file is None:
        document["requirements"] = list(what)
    else:
        document["file"] = {"name": file.name, "content": text_of(file)}
    where = Where(
        file=file,
        index=given["index"],
        offline=given["offline"],
        snapshot=given["snapshot"],
        save_snapshot=given["save_snapshot"],
    )
    return document, where


def _said(given: Mapping[str, Any], names: Sequence[str]) -> Document:
    return {name: given[name] for name in names if given.get(name) not in (None, (), {}, False)}


def file_of(what: Sequence[str]) -> Path | None:
    """The file that is meant; None for requirements in words."""
    files = [text for text in what if Path(text).is_file()]
    if files and len(what) > 1:
        raise UsageFaultError(f"{files[0]} is a file: it stands alone, without further words")
    if files:
        return Path(files[0]).absolute()
    for text in what:
        if text in _FILES or ("/" in text and "://" not in text and "@" not in text):
            raise UsageFaultError(f"{text}: no such file")
    return None


def text_of(path: Path) -> str:
    """The text of a file that goes with the question."""
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise UsageFaultError(f"{path} is larger than {MAXIMUM_FILE_BYTES} bytes")
        return decode_file(path.name, path.read_bytes())
    except RequirementsEncodingError as error:
        raise UsageFaultError(f"{path} is {error}") from None
    except OSError as error:
        raise UsageFaultError(f"{path}: {error.strerror}") from None


def given_file(path: Path) -> Document:
    """A further file of the question: its name and its text."""
    return {"name": path.name, "content": text_of(path)}


def json_file(path: Path) -> Any:
    """What stands in a JSON file."""
    try:
        return json.loads(text_of(path))
    except ValueError as error:
        raise UsageFaultError(f"{path} is not JSON: {error}") from None


def parse_moment(text: str) -> str:
    """A date means its end, UTC; a time without a zone is UTC. Raises ValueError.

    >>> parse_moment("2024-06-01")
    '2024-06-02T00:00:00+00:00'
    """
    found = datetime.fromisoformat(text.strip())
    if len(text.strip()) <= len("2024-06-01"):
        found += timedelta(days=1)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def parse_last_of(texts: Sequence[str]) -> dict[str, int]:
    """`numpy=5` as name -> number. Raises ValueError."""
    found = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not (name.strip() and equals and number.strip().isdecimal() and int(number)):
            raise ValueError(text)
        found[name.strip()] = int(number)
    return found
