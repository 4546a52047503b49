from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from amun_local import home
from amun_local.errors import DiskFullError, HomePathError, HomeUnusableError


def test_the_folders_are_private(tmp_path: Path) -> None:
    made = home.prepare(tmp_path / "a" / "home")
    for folder in (made.folder, made.logs, made.redis):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["x" * 100] * 6)
    with pytest.raises(HomePathError, match=r"bytes long, at most 512 work"):
        home.prepare(folder)
    assert not (tmp_path / ("x" * 100)).exists()


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomePathError, match="a name in the path"):
        home.prepare(tmp_path / ("x" * 300))


def test_a_path_with_a_line_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomePathError, match="control character"):
        home.prepare(tmp_path / "a\nb")


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusableError, match=r"home cannot be used: .*Nothing was started"):
        home.prepare(tmp_path / "home")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match=r"no space is left for .*Nothing was started"):
        home.prepare(tmp_path / "home")


def test_too_little_space_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=5 * 1024**2))
    with pytest.raises(DiskFullError, match=r"only 5 MiB are free"):
        home.prepare(tmp_path / "home")


def test_a_relative_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert home.prepare(Path("here")).folder == tmp_path / "here"
