from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from amun_core.stack_request import PolicyWish, parse_stack_request
from dependency_monkey.answers.opening import Where, opened, policy_of
from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.snapshot import Snapshot
from tests.support.stack_questions import TARGET, question, write_snapshot

PIPFILE = """
[packages]
app = "*"
[dev-packages]
plugin = "==1.0"
[requires]
python_version = "3.12"
"""


def names_in(document: dict[str, Any], where: Where) -> tuple[str, ...]:
    found = asyncio.run(opened(parse_stack_request(document), where, lambda *_: None))
    return tuple(package.name for package in found.crawled.universe.packages)


def of_file(content: str, **fields: Any) -> dict[str, Any]:
    document = question("count", **fields)
    del document["requirements"]
    return {**document, "file": {"name": "Pipfile", "content": content}}


def test_a_file_travels_with_the_question(tmp_path: Path) -> None:
    where = Where(snapshot=write_snapshot(tmp_path / "snapshot"))
    assert names_in(of_file(PIPFILE), where) == ("app", "lib", "tool")
    assert names_in(of_file(PIPFILE, dev=True), where) == ("app", "lib", "plugin", "tool")


def test_a_local_file_may_include_others(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r more.txt\n")
    (tmp_path / "more.txt").write_text("plugin\n")
    where = Where(
        file=tmp_path / "requirements.txt", snapshot=write_snapshot(tmp_path / "snapshot")
    )
    assert names_in(question("count", "app"), where) == ("lib", "plugin")


@pytest.mark.parametrize(
    ("wish", "version"),
    [
        ({"libc": "glibc 2.30"}, "3.12.16"),
        ({"python_version": "3.9"}, "3.9.25"),
        (TARGET, "3.11.7"),
    ],
)
def test_a_pipfile_tells_the_python_where_nobody_else_does(
    tmp_path: Path, wish: dict[str, str], version: str
) -> None:
    document = of_file(PIPFILE) | {"target": wish}
    where = Where(snapshot=write_snapshot(tmp_path / "snapshot"))
    found = asyncio.run(opened(parse_stack_request(document), where, lambda *_: None))
    assert found.problem.environment.python_version == version


def test_what_was_read_can_be_kept_and_gives_the_same(tmp_path: Path) -> None:
    first = write_snapshot(tmp_path / "snapshot")
    kept = tmp_path / "kept"
    names_in(question("count", "app"), Where(snapshot=first, save_snapshot=kept))
    assert Snapshot.load(kept).digest == Snapshot.load(first).digest


def test_a_file_that_is_no_snapshot_is_named(tmp_path: Path) -> None:
    (tmp_path / "thing").write_text("x")
    with pytest.raises(IndexAnswerError, match="thing is no snapshot"):
        names_in(question("count", "app"), Where(snapshot=tmp_path / "thing"))


def test_the_policy_of_a_question() -> None:
    policy = policy_of(PolicyWish(last_of={"Some.Name": 3}, exclude=("x<2",), pre_releases="never"))
    assert policy.last_of == {"some-name": 3}
    assert [str(one) for one in policy.exclude] == ["x<2"]
    assert policy.pre_releases == "never"
