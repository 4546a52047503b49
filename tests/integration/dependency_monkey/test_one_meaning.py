"""What a stack is, case by case: ours beside uv and pip, each asked for itself on one small index."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from amun_core.stack_request import parse_stack_request
from dependency_monkey.answers.opening import Where, opened
from dependency_monkey.errors import EmptySpaceError
from dependency_monkey.resolver import read_pins
from tests.support.index_server import IndexServer

PYTHON = "3.11.7"
Stack = dict[str, str]


@dataclass(frozen=True)
class Case:
    """`files` are (name, version, requirements, options); `pip` and `ours` where they differ from uv."""

    files: tuple[tuple[Any, ...], ...]
    roots: tuple[str, ...]
    uv: str | None
    pip: str | None = "the same"
    stacks: int | None = None
    ours: str | None = "the same"


def one(name: str, version: str, *requires: str, **options: Any) -> tuple[Any, ...]:
    return name, version, requires, options


B1, RC = one("b", "1.0"), one("b", "2.1rc1")
CASES = {
    "nothing final fits": Case((B1, RC), ("b>=2.0",), "b==2.1rc1", stacks=1),
    "nothing final fits what another asks for": Case(
        (one("a", "1.0", "b>=2.0"), B1, RC), ("a",), "a==1.0 b==2.1rc1", stacks=1
    ),
    "nothing final fits two together": Case(
        (one("a", "1", "b>=1.5"), one("c", "1", "b<2.5"), B1, one("b", "2.0rc1"), one("b", "3.0")),
        ("a", "c"), "a==1 b==2.0rc1 c==1", stacks=1,
    ),
    "named by what is not in the stack": Case(
        (one("a", "1.0", "p>=1"), one("b", "1.0", "p>=2.0a1"), one("b", "2.0"), one("p", "1.0"),
         one("p", "3.0a1")), ("a", "b"), "a==1.0 b==2.0 p==1.0", stacks=2,
    ),
    "named, a final version beside": Case(
        (B1, one("b", "2.0"), RC), ("b>=2.0rc1",), "b==2.0", "b==2.1rc1", stacks=2
    ),
    "excluded by name": Case((B1, one("b", "2.0rc1"), RC), ("b!=2.0rc1",), "b==1.0", stacks=1),
    "an upper bound of a pre-release": Case(
        (B1, one("b", "2.0a1"), one("b", "3.0")), ("b<3.0.dev0",), "b==1.0", "b==2.0a1", stacks=2
    ),
    "the final version is for another Python": Case(
        (one("b", "1.0", python=">=3.12"), RC), ("b",), "b==2.1rc1", stacks=1
    ),
    "an upper bound of Python": Case(
        (one("b", "0.9"), one("b", "1.0", python=">=3.8,<3.11")), ("b",), "b==1.0", "b==0.9", stacks=1,
        ours="b==0.9",
    ),
    "a bug-fix release of Python": Case(
        (one("b", "0.9"), one("b", "1.0", python=">=3.11.4")), ("b",), "b==1.0", stacks=2
    ),
    "a later bug-fix release of Python": Case(
        (one("b", "0.9"), one("b", "1.0", python=">=3.11.8")), ("b",), "b==0.9", stacks=1
    ),
    "an odd demand": Case(
        (one("b", "0.9"), one("b", "1.0", python=">=2.7,!=3.0*")), ("b",), "b==1.0", stacks=2
    ),
    "an odd lower bound": Case(
        (one("b", "0.9"), one("b", "1.0", python=">=3.6.*")), ("b",), "b==1.0", stacks=2
    ),
    "a demand that nobody can read": Case(
        (one("b", "0.9"), one("b", "1.0", python="three or more")), ("b",), "b==0.9", "b==1.0", stacks=1
    ),
    "requirements of old": Case(
        (one("a", "1.0", "b (>=1.0.*)"), one("a", "0.9"), B1), ("a",), "a==1.0 b==1.0", "a==0.9", stacks=2
    ),
    "requirements without a comma": Case(
        (one("a", "1.0", "b (>=1.1.0<2)"), one("b", "1.5"), one("b", "2.5")), ("a",),
        "a==1.0 b==1.5", None, stacks=1,
    ),
    "requirements that nobody can read": Case(
        (one("a", "1.0", "b >>= what"), one("a", "0.9"), B1), ("a",), "a==0.9", stacks=1
    ),
    "an extra that is not declared": Case(
        (one("a", "1.0", 'b; extra == "x"'), B1), ("a[x]",), "a==1.0 b==1.0", "a==1.0", stacks=1
    ),
    "an extra that the newest has no more": Case(
        (one("a", "1.0"), one("a", "0.9", 'b; extra == "x"', extras=["x"]), B1), ("a[x]",), "a==1.0", stacks=2
    ),
    "a local version for a plain one": Case((one("a", "1.0+cpu"),), ("a==1.0",), "a==1.0+cpu", stacks=1),
    "a local version is not greater": Case((one("a", "1.0+cpu"),), ("a>1.0",), None, stacks=0),
    "yanked, pinned by the person": Case(
        (one("b", "1.0", yanked="bad"), one("b", "0.9")), ("b==1.0",), "b==1.0", stacks=1
    ),
    "yanked, pinned by another": Case(
        (one("a", "1", "b==1.0"), one("b", "1.0", yanked="bad"), one("b", "0.9")), ("a",),
        None, "a==1 b==1.0", stacks=0,
    ),
    "yanked, and nothing else": Case((one("b", "1.0", yanked="bad"),), ("b",), None, stacks=0),
}  # fmt: skip
#: pip takes some seconds each time.
BY_PIP = (
    "nothing final fits two together", "named by what is not in the stack", "an odd demand",
    "an upper bound of Python", "an extra that is not declared",
)  # fmt: skip


@pytest.fixture
def index(request: pytest.FixtureRequest) -> Any:
    with IndexServer(tells=True) as server:
        for name, version, requires, options in CASES[request.param].files:
            server.add(name, version, requires, **options)
        yield server


def told(stack: Stack | None) -> str | None:
    return None if stack is None else " ".join(f"{n}=={v}" for n, v in sorted(stack.items()))


def by_uv(index: IndexServer, roots: tuple[str, ...], folder: Path) -> str | None:
    wanted = folder / "in.txt"
    wanted.write_text("\n".join(roots))
    ended = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", str(wanted), "--python-version", PYTHON,
         "--no-config", "--no-build", "--default-index", index.url, "--cache-dir", str(folder / "uv"),
         "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"],
        capture_output=True, text=True, check=False, timeout=120,
        env={key: value for key, value in os.environ.items() if not key.startswith("UV_")},
    )  # fmt: skip
    assert ended.returncode == 0 or "No solution found" in ended.stderr, ended.stderr
    return told(read_pins(ended.stdout)) if ended.returncode == 0 else None


def by_pip(index: IndexServer, roots: tuple[str, ...], folder: Path) -> str | None:
    report = folder / "report.json"
    ended = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed",
         "--target", str(folder / "none"), "--report", str(report), "--no-cache-dir",
         "--index-url", index.url, "--only-binary", ":all:", *roots],
        capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "HOME": str(folder)},
    )  # fmt: skip
    if ended.returncode:
        return None
    installed = [one["metadata"] for one in json.loads(report.read_text())["install"]]
    return told({one["name"]: one["version"] for one in installed})


def ours(index: IndexServer, roots: tuple[str, ...], folder: Path) -> list[str | None]:
    """Every stack, the newest first."""
    request = parse_stack_request(
        {"schema": "amun.stack-request/1", "verb": "best", "requirements": list(roots),
         "target": {"python_version": PYTHON}}
    )  # fmt: skip
    where = Where(index=index.url, cache=folder / "cache")
    asked = asyncio.run(opened(request, where, lambda _stage, _figures: None))
    try:
        return [told(stack) for stack in asked.space.newest_first()]
    except EmptySpaceError:
        return []


@pytest.mark.parametrize(("name", "index"), [(one, one) for one in CASES], indirect=["index"])
def test_the_newest_is_what_uv_takes(name: str, index: IndexServer, tmp_path: Path) -> None:
    case = CASES[name]
    stacks = ours(index, case.roots, tmp_path)
    assert by_uv(index, case.roots, tmp_path) == case.uv
    newest = case.uv if case.ours == "the same" else case.ours
    assert (stacks[0] if stacks else None) == newest
    assert len(stacks) == case.stacks


@pytest.mark.parametrize(("name", "index"), [(one, one) for one in BY_PIP], indirect=["index"])
def test_where_pip_takes_another_it_is_told(name: str, index: IndexServer, tmp_path: Path) -> None:
    case = CASES[name]
    assert by_pip(index, case.roots, tmp_path) == (case.uv if case.pip == "the same" else case.pip)
