from __future__ import annotations

import dataclasses
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from dependency_monkey.index.errors import IndexAnswerError
from dependency_monkey.index.files import IndexFile, ProjectPage, moment
from dependency_monkey.index.snapshot import Snapshot
from tests.support.index_server import metadata_of

THING = canonicalize_name("thing")
ROW = IndexFile(
    "thing-1.tar.gz", "https://u:secret@f.example/t?token=secret", "0" * 64, ">=3.8", True, "bad",
    moment("2025-01-02T03:04:05Z"), 7, True, "1" * 64,
)  # fmt: skip


def page(*rows: IndexFile) -> ProjectPage:
    return ProjectPage(THING, "main", rows)


def snapshot(*rows: IndexFile) -> Snapshot:
    return Snapshot(
        datetime(2026, 1, 2, tzinfo=UTC),
        {("main", "thing"): page(*rows), ("main", "gone"): None},
        {"0" * 64: metadata_of("thing", "1")},
        {"2" * 64: "it has no METADATA"},
    )


def test_what_is_exported_is_read_again(tmp_path: Path) -> None:
    plain = IndexFile("thing-2.tar.gz", "https://f.example/t2")
    first = snapshot(ROW, plain)
    first.export(tmp_path / "index.zip")
    second = Snapshot.load(tmp_path / "index.zip")
    assert second.digest == first.digest
    assert second.taken_at == first.taken_at
    assert second.metadata == first.metadata
    assert second.unusable == first.unusable
    assert second.pages == {
        ("main", "thing"): page(replace(ROW, url="https://***@f.example/t?token=***"), plain),
        ("main", "gone"): None,
    }


def test_nothing_secret_is_exported(tmp_path: Path) -> None:
    snapshot(ROW).export(tmp_path / "index.zip")
    with zipfile.ZipFile(tmp_path / "index.zip") as archive:
        assert not any(b"secret" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "3" * 64}, {"requires_python": ">=3.9"}, {"yanked": False},
        {"yanked_reason": None}, {"upload_time": None}, {"filename": "thing-1.1.tar.gz"},
    ],
)  # fmt: skip
def test_the_digest_tells_every_change_that_matters(change: dict[str, Any]) -> None:
    assert snapshot(replace(ROW, **change)).digest != snapshot(ROW).digest


def test_a_mirror_has_the_same_digest() -> None:
    assert snapshot(replace(ROW, url="https://mirror.example/t")).digest == snapshot(ROW).digest
    other = replace(ROW, sha256=None)
    assert snapshot(replace(other, url="https://m.example/t")).digest != snapshot(other).digest


def test_the_digest_grows_with_what_is_read() -> None:
    found = snapshot(ROW)
    before = found.digest
    found.pages["main", "new"] = None
    assert found.digest != before
    del found.pages["main", "new"]
    assert found.digest == before
    found.pages["main", "thing"] = page()
    assert found.digest != before


def rewritten(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for key, value in {**entries, name: content}.items():
            archive.writestr(key, value)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("metadata/" + "0" * 64, metadata_of("thing", "1", ["evil"]), "not what it was"),
        ("snapshot.json", b"{}", "no snapshot"),
        ("snapshot.json", b"[]", "no snapshot"),
        ("snapshot.json", b'{"schema": "amun.index-snapshot/9"}', "this program reads"),
    ],
)
def test_what_was_changed_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / "index.zip"
    snapshot(ROW).export(path)
    rewritten(path, name, content)
    with pytest.raises(IndexAnswerError, match=rf"^index\.zip .*{why}"):
        Snapshot.load(path)


def test_a_page_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.zip"
    snapshot(ROW).export(path)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("snapshot.json"))
    file = document["pages"][1]["page"]["files"][0]
    del file["yanked"]
    rewritten(path, "snapshot.json", json.dumps(document).encode())
    with pytest.raises(IndexAnswerError, match="not what it was"):
        Snapshot.load(path)
    del file["filename"]
    rewritten(path, "snapshot.json", json.dumps(document).encode())
    with pytest.raises(IndexAnswerError, match="no snapshot"):
        Snapshot.load(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip file at all" * 10])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.zip"
    path.write_bytes(content)
    with pytest.raises(IndexAnswerError, match="no snapshot of an index"):
        Snapshot.load(path)
    path.unlink()
    with pytest.raises(IndexAnswerError, match="no snapshot of an index"):
        Snapshot.load(path)


def test_a_copy_has_digests_of_its_own() -> None:
    found = snapshot(ROW)
    assert dataclasses.replace(found, pages={}).digest != found.digest
