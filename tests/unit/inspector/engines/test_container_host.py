"""What of this host a run may see."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from inspector.engines.container_host import _root_archive, interpreter_mounts, system_mounts


def environment(folder: Path, python: Path, home: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(python)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\n")
    return folder


def interpreter(prefix: Path) -> Path:
    for name in ("bin", "lib", "share"):
        (prefix / name).mkdir(parents=True)
    python = prefix / "bin" / "python3.11"
    python.write_text("")
    return python


def targets(environment: Path) -> dict[str, str]:
    return {mount.target: str(mount.source) for mount in interpreter_mounts(environment)}


def test_the_prefix_of_the_interpreter_is_shown(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "versions" / "3.11.7")
    made = environment(tmp_path / "e", python, python.parent)
    prefix = str(tmp_path / "versions" / "3.11.7")
    assert targets(made) == {prefix: prefix}
    assert not any(mount.writable for mount in interpreter_mounts(made))


def test_a_link_on_the_way_is_shown_as_one_file(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "real")
    shortcut = tmp_path / "person" / "bin" / "python3"
    shortcut.parent.mkdir(parents=True)
    shortcut.symlink_to(python)
    made = environment(tmp_path / "e", shortcut, python.parent)
    assert targets(made) == {
        str(tmp_path / "real"): str(tmp_path / "real"),
        str(shortcut): str(python),
    }


def test_a_home_folder_is_never_shown_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "person"))
    python = interpreter(tmp_path / "home" / "person")
    made = environment(tmp_path / "e", python, python.parent)
    assert sorted(targets(made)) == [
        str(tmp_path / "home" / "person" / name) for name in ("bin", "lib")
    ]


def test_the_systems_python_needs_nothing_more(tmp_path: Path) -> None:
    made = environment(tmp_path / "e", Path("/usr/bin/env"), Path("/usr/bin"))
    assert targets(made) == {}


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    made = environment(tmp_path / "e", Path("python3"), Path("/usr/bin"))
    (made / "bin" / "python3").symlink_to("python")
    with pytest.raises(EngineError, match="loop of links"):
        interpreter_mounts(made)


def test_only_the_system_is_shown() -> None:
    mounts = system_mounts()
    first = {Path(mount.target).parts[1] for mount in mounts}
    assert first <= {"usr", "bin", "lib", "lib32", "lib64", "libx32", "sbin", "etc"}
    shown = {mount.target for mount in mounts}
    assert "/usr" in shown
    assert not shown & {"/etc", "/etc/passwd", "/etc/shadow"}
    assert not any(mount.writable for mount in mounts)


def test_the_root_holds_two_users_and_is_the_same_each_time() -> None:
    archive = _root_archive()
    assert archive == _root_archive()
    with tarfile.open(fileobj=io.BytesIO(archive)) as content:
        files = {member.name for member in content if member.isfile()}
        assert files == {"etc/passwd", "etc/group"}
        passwd = content.extractfile("etc/passwd")
        assert passwd is not None
        assert [line.split(b":")[0] for line in passwd.read().splitlines()] == [b"root", b"nobody"]
