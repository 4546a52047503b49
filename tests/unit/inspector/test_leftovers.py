"""Whatever a run leaves is read within bounds, named, and removed."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from amun_core.errors import AttemptFailedError
from inspector.leftovers import NotReadError, full_disk_named, read_left, remove_tree, used


def test_a_plain_file_is_read_and_nothing_is_none(tmp_path: Path) -> None:
    file = tmp_path / "out" / "result.json"
    assert read_left(file, 10, within=tmp_path) is None  # not even the folder is there
    file.parent.mkdir()
    assert read_left(file, 10, within=tmp_path) is None
    file.write_bytes(b"0123456789")
    assert read_left(file, 10, within=tmp_path) == b"0123456789"
    assert read_left(file, 4, within=tmp_path, cut=True) == b"0123"
    with pytest.raises(NotReadError, match="a file of 10 bytes, more than 9"):
        read_left(file, 9, within=tmp_path)


def test_a_folder_on_the_way_is_not_followed_either(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "result.json").write_text("{}")
    run = tmp_path / "run"
    run.mkdir()
    (run / "out").symlink_to(elsewhere)
    with pytest.raises(NotReadError, match="a link"):
        read_left(run / "out" / "result.json", 10, within=run)
    (run / "out").unlink()
    (run / "out").write_text("no folder")
    with pytest.raises(NotReadError, match="a plain file"):
        read_left(run / "out" / "result.json", 10, within=run)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_not_opened(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "result.json", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container lets nobody make a device")
    with pytest.raises(NotReadError, match="a device"):
        read_left(tmp_path / "result.json", 10, within=tmp_path)


def test_no_descriptor_is_lost(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("pipe", "folder", "nothing"):
        for _ in range(50):
            with contextlib.suppress(NotReadError):
                read_left(tmp_path / name, 10, within=tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


_DEEP = """
import os, sys
os.chdir(sys.argv[1])
for _ in range({depth}):
    os.mkdir({name!r}); os.chdir({name!r})
open("last", "w").close()
"""


@pytest.mark.parametrize(("depth", "name"), [(1500, "d"), (60, "x" * 200), (3000, "long-name")])
def test_a_tree_of_any_depth_is_removed(tmp_path: Path, depth: int, name: str) -> None:
    root = tmp_path / "run"
    (root / "out").mkdir(parents=True)
    code = _DEEP.format(depth=depth, name=name)
    subprocess.run([sys.executable, "-c", code, str(root / "out")], check=True)
    used(root, 10_000)  # comes to an end
    remove_tree(root)
    assert not root.exists()


def test_folders_without_rights_hostile_names_and_links_are_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("stays")
    root = tmp_path / "run"
    inner = root / "locked" / "in"
    inner.mkdir(parents=True)
    (inner / "file").write_text("")
    open(os.path.join(os.fsencode(root), b"\xff\xfe new\nline"), "w").close()  # noqa: PTH118, PTH123
    (root / "-rf").mkdir()
    (root / "link").symlink_to(kept)
    os.mkfifo(root / "pipe")
    inner.chmod(0)
    inner.parent.chmod(0)
    remove_tree(root)
    assert not root.exists()
    assert (kept / "file").read_text() == "stays"


def test_a_link_in_place_of_the_folder_is_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "run").symlink_to(kept)
    remove_tree(tmp_path / "run")
    assert kept.exists()
    assert not (tmp_path / "run").is_symlink()
    remove_tree(tmp_path / "never there")


def test_what_is_used_is_counted_up_to_a_bound(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(bytes(100_000))
    (tmp_path / "loop").symlink_to(tmp_path)
    size, entries = used(tmp_path, 100)
    assert size >= 100_000
    assert entries == 3
    for number in range(50):
        (tmp_path / f"f{number}").write_text("")
    assert used(tmp_path, 10)[1] == 11


def test_only_a_full_disk_is_named_as_one() -> None:
    with pytest.raises(AttemptFailedError) as caught, full_disk_named():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.reason == "disk_full"
    with pytest.raises(PermissionError), full_disk_named():
        raise PermissionError(errno.EACCES, "no")
