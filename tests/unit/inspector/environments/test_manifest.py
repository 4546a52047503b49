"""What a script may have done to its environment is found, named, and never waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.environments import EnvironmentStore, read_installed
from inspector.environments.manifest import NO_FILE, Manifest, content_hash

KEY = "amun-environment-1:" + "e" * 64
SITE = "lib/python3.11/site-packages"


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    store = EnvironmentStore(tmp_path / "environments", maximum_bytes=0)

    def build(environment: Path) -> None:
        information = environment / SITE / "six-1.17.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Name: six\nVersion: 1.17.0\n\n")
        (information / "RECORD").write_text("six.py,,\nsix-1.17.0.dist-info/METADATA,,\n")
        (environment / SITE / "six.py").write_text("x = 1\n")

    store.create(KEY, build, installed=read_installed)
    return store


def replace(path: Path, make: Callable[[Path], object]) -> None:
    path.parent.chmod(0o755)
    path.unlink()
    make(path)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def deep(site: Path) -> None:
    site.chmod(0o755)
    here = os.getcwd()  # noqa: PTH109 (a path of that length has no name)
    os.chdir(site)
    try:
        for _ in range(1500):
            os.mkdir("d")  # noqa: PTH102
            os.chdir("d")
        Path("last").touch()
    finally:
        os.chdir(here)


TAMPERED: dict[str, Callable[[Path], None]] = {
    "pipe for a module": lambda site: replace(site / "six.py", fifo),
    "pipe for METADATA": lambda site: replace(site / "six-1.17.0.dist-info/METADATA", fifo),
    "pipe for RECORD": lambda site: replace(site / "six-1.17.0.dist-info/RECORD", fifo),
    "link to a device": lambda site: replace(
        site / "six.py", lambda path: path.symlink_to("/dev/zero")
    ),
    "RECORD is a device": lambda site: replace(
        site / "six-1.17.0.dist-info/RECORD", lambda path: path.symlink_to("/dev/zero")
    ),
    "folder for a module": lambda site: replace(site / "six.py", Path.mkdir),
    "sparse file": lambda site: replace(
        site / "six.py", lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 1 << 40)
    ),
    "RECORD leads out": lambda site: replace(
        site / "six-1.17.0.dist-info/RECORD", lambda path: path.write_text("../" * 90 + "x,,\n")
    ),
    "RECORD is no table": lambda site: replace(
        site / "six-1.17.0.dist-info/RECORD", lambda path: path.write_text('"' + "x" * 200_000)
    ),
    "RECORD is no text": lambda site: replace(
        site / "six-1.17.0.dist-info/RECORD", lambda path: path.write_bytes(b"\xff\xfe\x00,,\n")
    ),
    "deep tree": deep,
    "pipe beside": lambda site: (site.chmod(0o755), fifo(site / "added"))[0],
    "name that is no text": lambda site: (
        site.chmod(0o755),
        os.close(os.open(os.fsencode(site) + b"/\xff\xfe", os.O_CREAT)),
    )[0],
}


@pytest.mark.parametrize("name", TAMPERED)
def test_whatever_was_done_is_found_and_the_environment_removed(
    store: EnvironmentStore, name: str
) -> None:
    stored = store.find(KEY)
    assert stored is not None
    assert store.verify(stored) == ()
    TAMPERED[name](stored.path / SITE)
    changes = store.verify(stored)
    assert changes
    assert all(len(change) < 5000 for change in changes)
    "; ".join(changes).encode("utf-8", "replace")
    store.discard(KEY)
    assert store.find(KEY) is None
    assert not stored.path.exists()


@pytest.mark.parametrize("name", ["entry.json", "manifest.json"])
def test_a_pipe_for_a_file_of_ours_is_not_waited_for(store: EnvironmentStore, name: str) -> None:
    stored = store.find(KEY)
    assert stored is not None
    replace(stored.path.parent / name, fifo)
    assert name == "manifest.json" or store.find(KEY) is None
    assert name == "entry.json" or store.verify(stored)
    assert store.keys() == ([] if name == "entry.json" else [KEY])


def test_what_is_no_file_has_no_hash(tmp_path: Path) -> None:
    fifo(tmp_path / "pipe")
    assert content_hash(tmp_path / "pipe") == NO_FILE
    assert content_hash(tmp_path) == NO_FILE
    # a build that leaves one comes to an end
    assert Manifest.of(tmp_path).files["pipe"][1] == NO_FILE


def test_a_thousand_differences_are_counted(store: EnvironmentStore) -> None:
    stored = store.find(KEY)
    assert stored is not None
    site = stored.path / SITE
    site.chmod(0o755)
    for number in range(1000):
        (site / f"f{number}").touch()
    changes = store.verify(stored)
    assert len(changes) == 41
    assert changes[-1] == "and 960 more"
