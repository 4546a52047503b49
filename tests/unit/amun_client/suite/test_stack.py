"""The stack of a suite: a lock file, or what the resolver makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amun_client.suite import stack as suite_stack

LOCK = "numpy==2.4.6 --hash=sha256:" + "a" * 64 + "\n"


def test_one_lock_has_one_digest(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    found = suite_stack.of_file(path)
    assert found.lock == {"format": "requirements.txt", "content": LOCK}
    spaced = suite_stack.of_lock({"format": "requirements.txt", "content": "# why\n" + LOCK})
    assert spaced.digest == found.digest
    other = suite_stack.of_lock({"format": "requirements.txt", "content": "numpy==2.4.5\n"})
    assert other.digest != found.digest


def test_resolver_is_asked_with_both_sides_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def shared_pins(a: Any, b: Any, environ: Any, *, python_version: Any) -> Any:
        asked.append((a, b, python_version))
        return {"a": {"lock": LOCK}}

    monkeypatch.setattr(suite_stack, "shared_pins", shared_pins)
    found = suite_stack.resolved(["numpy"], {}, base="docker.io/library/python:3.12-slim")
    assert asked == [(["numpy"], ["numpy"], "3.12.16")]
    assert found.lock["content"] == LOCK


def test_package_of_a_framework() -> None:
    assert suite_stack.requirements_of("tensorflow") == ("tensorflow-cpu",)
    assert suite_stack.requirements_of("torch") == ("torch",)
