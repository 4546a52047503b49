"""`amun stack` from the outside, on a snapshot of a small index: no network, no service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_client.commands import stack_asking
from amun_client.stack.errors import error_of
from amun_client.stack.process import Where
from amun_core.errors import AmunError
from dependency_monkey.__main__ import Lines, answer, problem_of
from dependency_monkey.answers import opening
from tests.support.stack_questions import write_snapshot

Amun = Callable[..., Any]
TARGET = ("--python-version", "3.11.7", "--platform", "x86_64", "--libc", "glibc 2.36")


class Told(Lines):
    """Events go to a watcher instead of a pipe."""

    def __init__(self, watcher: Any) -> None:
        super().__init__()
        self._watcher = watcher

    def write(self, event: Any) -> None:
        self._watcher.seen(json.loads(json.dumps(event)))


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers as the process does, without its start; test_process.py starts a real one."""

    def ask(request: Any, where: Where, watcher: Any, _environ: Any) -> Any:
        fields = {name: getattr(where, name) for name in where.__slots__}
        try:
            found = answer(json.dumps(request), opening.Where(**fields), Told(watcher))
        except AmunError as error:
            raise error_of(json.loads(json.dumps(problem_of(error)))) from None
        return json.loads(json.dumps(found))

    monkeypatch.setattr(stack_asking, "ask", ask)


@pytest.fixture
def stack(amun: Amun, tmp_path: Path) -> Amun:
    """`amun stack VERB ...` on the snapshot."""
    snapshot = str(write_snapshot(tmp_path / "snapshot"))

    def call(verb: str, *words: str) -> Any:
        return amun("stack", verb, *words, *TARGET, "--snapshot", snapshot, "--offline")

    return call


def test_count(stack: Amun) -> None:
    ended = stack("count", "app")
    assert ended.code == 0
    assert ended.out.splitlines()[0] == "6 valid stacks (exact) of 16 combinations"
    assert "1 versions: 1 without a wheel" in ended.out
    assert "reading the index" in ended.err
    assert "compiled in" in ended.err


def test_count_as_a_document(stack: Amun) -> None:
    document = stack("count", "app", "--json", "--quiet").document
    assert document["count"] == "6"
    assert len(document["snapshot"]["digest"]) == 64
    assert document["left_out"]["counts"] == {"sdist_only": 1}


def test_count_by_version(stack: Amun) -> None:
    rows = [line.split("\t") for line in stack("count", "app", "--by").out.splitlines()[2:]]
    assert rows[0] == ["app", "2.0", "4", "66.7 %"]
    assert len(rows) == 8


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--exclude", "lib==3.0"), "4"),
        (("--allow", "app<2"), "2"),
        (("--last", "1"), "1"),
        (("--last-of", "lib=1"), "2"),
        (("--newer-than", "2025-03-03"), "6"),
        (("--sdists",), "8"),
    ],
)
def test_what_narrows_the_space(stack: Amun, options: tuple[str, ...], count: str) -> None:
    assert stack("count", "app", *options, "--json").document["count"] == count


def test_no_stack_has_its_own_code(stack: Amun) -> None:
    ended = stack("count", "lonely")
    assert ended.code == 7
    assert "error[A922]: no stack is valid" in ended.err
    assert "  lonely 1.0 requires lib>5" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_remarks_are_told_where_no_stack_is_valid(stack: Amun, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("--no-binary :all:\nlonely\nother; os_name == 'nt'\n")
    ended = stack("count", str(path))
    assert ended.code == 7
    assert "warning: line 1: --no-binary" in ended.err
    assert "does not apply in this environment" in ended.err
    assert ended.err.index("warning:") < ended.err.index("error[A922]")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("app", "--as-of", "yesterday"), "'yesterday' is no date"),
        (("app", "--last-of", "lib"), "a package and a number are expected"),
        (("app", "--exclude", "a b"), "not a requirement"),
        (("app b",), "not a requirement"),
        (("Pipfile",), "no such file"),
        ((), "Missing argument"),
    ],
)
def test_a_mistake_is_named(stack: Amun, words: tuple[str, ...], said: str) -> None:
    ended = stack("count", *words)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_sample(stack: Amun) -> None:
    ended = stack("sample", "app", "-n", "2", "--seed", "5")
    assert ended.code == 0
    assert ended.out == stack("sample", "app", "-n", "2", "--seed", "5").out
    assert ended.out.startswith("# stack 1 of 2, rank ")
    assert "drawn from 6 valid stacks (exact)" in ended.err


def test_list_goes_on_with_its_cursor(stack: Amun) -> None:
    first = stack("list", "app", "--limit", "4", "--format", "jsonl")
    cursor = first.err.partition("go on with --cursor ")[2].split()[0]
    second = stack("list", "app", "--cursor", cursor, "--format", "jsonl")
    lines = first.out.splitlines() + second.out.splitlines()
    assert [json.loads(line)["rank"] for line in lines] == list("012345")
    assert "go on" not in second.err
    assert stack("list", "plugin", "--cursor", cursor).code == 2


def test_best(stack: Amun, tmp_path: Path) -> None:
    assert stack("best", "app", "--format", "csv").out.splitlines() == [
        "score,app,lib,tool",
        "0,2.0,3.0,0.3",
    ]
    (tmp_path / "scores.json").write_text('{"versions": {"lib": {"1.5": 3}}}')
    ended = stack("best", "app", "--scores", str(tmp_path / "scores.json"))
    assert "lib==1.5" in ended.out
    assert "the best by scores, proven" in ended.err


def test_nearest(stack: Amun, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("app==1.0\nlib==9.0\n")
    ended = stack("nearest", "app", "--to", str(lock), "-k", "1")
    assert ended.code == 0
    assert "#   lib 9.0 -> 1.5" in ended.out
    none = stack("nearest", "app", "--to", str(lock), "-k", "0")
    assert none.code == 5
    assert "the nearest stacks differ in 1 names, 0 are allowed" in none.err


def test_lock_to_stdout_and_into_a_folder(stack: Amun, tmp_path: Path) -> None:
    assert "app==2.0" in stack("lock", "app").out
    folder = tmp_path / "locked"
    ended = stack("lock", "app", "--rank", "0", "--format", "pylock.toml", "--output", str(folder))
    assert ended.out == ""
    assert "[[packages]]" in (folder / "pylock.toml").read_text()
    assert f"wrote {folder / 'pylock.toml'}" in ended.err


def test_options_of_lock_that_exclude_each_other(stack: Amun) -> None:
    assert stack("lock", "app", "--rank", "0", "--seed", "1").code == 2
    assert "say where with --output" in stack("lock", "app", "--format", "Pipfile.lock").err


def test_cover(stack: Amun) -> None:
    ended = stack("cover", "app", "--format", "jsonl")
    assert ended.code == 0
    covering = [json.loads(line)["stack"] for line in ended.out.splitlines()]
    contained = {pin for one in covering for pin in one.items()}
    assert len(contained) == 8
    assert "4 stacks contain all 8 versions; no fewer can" in ended.err
    pairs = stack("cover", "app", "plugin", "--each", "pair", "--json").document
    assert (pairs["strength"], pairs["gap"]) == (2, 0)


def test_explain(stack: Amun) -> None:
    inside = stack("explain", "app", "lib>=1.5,<3")
    assert inside.code == 0
    assert "lib 1.5, 2.0 are in the space." in inside.out
    out = stack("explain", "app", "tool==0.2").out
    assert out.startswith("tool 0.2 ")
    assert "no wheel" in out
    document = stack("explain", "app", "tool==0.2", "--json").document
    assert document["outside"][0]["because"] == "sdist_only"
    empty = stack("explain", "lonely", "lonely")
    assert empty.code == 0
    assert "lonely 1.0 requires lib>5" in empty.out
    assert stack("explain", "app").code == 2
