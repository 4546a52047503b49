"""A small index in a snapshot file, and questions that are answered from it in this process."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from amun_core.stack_request import parse_stack_request
from dependency_monkey.answers.asked import Asked
from dependency_monkey.answers.opening import Where, opened
from dependency_monkey.answers.verbs import ANSWERS
from tests.support.small_index import Release, SmallIndex

#: app -> lib, and plugin with its extra; 13 stacks of `app plugin`, see test_count.
PROJECTS = {
    "app": {
        "1.0": Release(("lib<2",)),
        "2.0": Release(("lib>=2", "tool")),
    },
    "lib": {"1.0": Release(), "1.5": Release(), "2.0": Release(), "3.0": Release()},
    "tool": {"0.1": Release(), "0.2": Release(tags=()), "0.3": Release()},
    "plugin": {"1.0": Release(("lib<3",)), "2.0": Release(("lib==3.0",))},
    "lonely": {"1.0": Release(("lib>5",))},
}
TARGET = {"python_version": "3.11.7", "platform": "x86_64", "libc": "glibc 2.36"}


def write_snapshot(path: Path, projects: Any = PROJECTS) -> Path:
    """The projects as a snapshot of the index of pip's configuration."""
    SmallIndex({"default": projects}).snapshot.export(path)
    return path


def question(verb: str, *requirements: str, **fields: Any) -> dict[str, Any]:
    """A question document for the environment of the small index."""
    return {
        "schema": "amun.stack-request/1",
        "verb": verb,
        "requirements": list(requirements),
        "target": TARGET,
        **fields,
    }


def asked(verb: str, *requirements: str, projects: Any = PROJECTS, **fields: Any) -> Asked:
    """The question, with what was read for it."""
    request = parse_stack_request(question(verb, *requirements, **fields))
    with tempfile.TemporaryDirectory() as folder:
        where = Where(snapshot=write_snapshot(Path(folder) / "snapshot", projects))
        return asyncio.run(opened(request, where, lambda _stage, _figures: None))


def answered(verb: str, *requirements: str, **fields: Any) -> dict[str, Any]:
    """The answer."""
    found = asked(verb, *requirements, **fields)
    return ANSWERS[found.request.verb](found)
