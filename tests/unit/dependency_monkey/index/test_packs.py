from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dependency_monkey.index import packs as module
from dependency_monkey.index.packs import Packs


def kept(folder: Path, contents: dict[str, bytes]) -> None:
    packs = Packs(folder)
    packs.put(contents)
    packs.close()


def test_what_was_kept_is_found_at_once_and_by_the_next(tmp_path: Path) -> None:
    packs = Packs(tmp_path / "folder")
    assert packs.get("a") is None
    packs.put({"a": b"1", "b" * 70: b""})
    packs.put({"a": b"2"})
    assert packs.get("a") == b"2"
    for reader in (packs, Packs(tmp_path / "folder")):
        assert (reader.get("a"), reader.get("b" * 70), reader.get("c")) == (b"2", b"", None)
    packs.close()
    assert packs.get("a") == b"2"
    assert len(list((tmp_path / "folder").iterdir())) == 1


@given(st.integers(0, 400))
def test_a_pack_that_was_cut_has_all_that_came_before(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contents = {f"key{n}": b"x" * n * 10 for n in range(8)}
        kept(folder, contents)
        [path] = folder.iterdir()
        os.truncate(path, min(cut, path.stat().st_size))
        packs = Packs(folder)
        found = {key: packs.get(key) for key in contents}
        whole = [key for key, content in found.items() if content is not None]
        assert whole == list(contents)[: len(whole)]
        assert all(found[key] == contents[key] for key in whole)
        packs.put({"new": b"content"})  # into a pack of its own
        assert Packs(folder).get("new") == b"content"


def test_a_content_that_is_damaged_is_not_there(tmp_path: Path) -> None:
    kept(tmp_path, {"a": b"first", "b": b"second"})
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"first", b"fist!"))
    packs = Packs(tmp_path)
    assert (packs.get("a"), packs.get("b")) == (None, b"second")


@pytest.mark.parametrize(
    "content", [b"", b"no pack at all, but longer than a header", b"AMP1" * 20]
)
def test_another_file_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0.pack").write_bytes(content)
    kept(tmp_path, {"a": b"first"})
    assert Packs(tmp_path).get("a") == b"first"


def test_many_packs_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PACKS", 3)
    for number in range(5):
        kept(tmp_path, {f"key{number}": b"content %d" % number, "common": b"same"})
    assert Packs(tmp_path).get("key0") == b"content 0"
    assert len(list(tmp_path.glob("*.pack"))) == 5  # somebody may still be writing to them
    reader = Packs(tmp_path)
    assert reader.get("key1") == b"content 1"
    for path in list(tmp_path.glob("*.pack"))[:4]:
        os.utime(path, (1000, 1000))
    merging = Packs(tmp_path)
    assert [merging.get(f"key{n}") for n in range(5)] == [b"content %d" % n for n in range(5)]
    assert len(list(tmp_path.glob("*.pack"))) == 2
    assert reader.get("key2") == b"content 2"  # who has them open still reads them
    assert Packs(tmp_path).get("common") == b"same"


def test_a_full_disk_is_told_and_leaves_a_good_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = Packs(tmp_path)
    packs.put({"a": b"first"})
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:9]))
    with pytest.raises(OSError, match="No space left"):
        packs.put({"b": b"second"})
    assert packs.get("b") is None
    monkeypatch.undo()
    packs.put({"c": b"third"})
    again = Packs(tmp_path)
    assert (again.get("a"), again.get("b"), again.get("c")) == (b"first", None, b"third")


def test_what_is_large_is_merged_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PACKS", 1)
    monkeypatch.setattr(module, "_MERGED_AT_ONCE", 1000)
    contents = {f"key{number}": b"%d" % number * 300 for number in range(9)}
    kept(tmp_path, contents)
    kept(tmp_path, {**contents, "last": b"content"})
    for path in tmp_path.glob("*.pack"):
        os.utime(path, (1000, 1000))
    packs = Packs(tmp_path)
    assert {key: packs.get(key) for key in contents} == contents
    assert packs.get("last") == b"content"
    assert len(list(tmp_path.glob("*.pack"))) == 1


def _keep_many(folder: Path, seed: int) -> None:
    kept(folder, {f"key{number}": f"{seed}".encode() * 2000 for number in range(40)})


def test_several_processes_share_a_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_keep_many, args=(tmp_path, seed)) for seed in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    packs = Packs(tmp_path)
    assert {packs.get(f"key{n}") for n in range(40)} <= {b"0" * 2000, b"1" * 2000}
