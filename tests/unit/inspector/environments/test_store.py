"""The environment store: made once, checked, lent, removed; nothing half-made is ever valid."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from inspector.engines.base import InstalledPackage, StoppedError
from inspector.environments import EnvironmentStore, StoredEnvironment, read_installed

SITE = "lib/python3.11/site-packages"
KEY = "amun-environment-1:" + "a" * 64


def fill(environment: Path, *, content: str = "x = 1\n", size: int = 0) -> None:
    """An environment with one package of two modules, as an installer would leave it."""
    site = environment / SITE
    information = site / "demo-1.5.dist-info"
    information.mkdir(parents=True)
    (site / "demo").mkdir()
    (site / "demo" / "__pycache__").mkdir()
    (site / "demo" / "__init__.py").write_text(content)
    (site / "demo" / "data.bin").write_bytes(b"\0" * size)
    (site / "demo" / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"code")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: Demo\nVersion: 1.5\n\nText")
    (information / "RECORD").write_text(
        "demo/__init__.py,,\ndemo/data.bin,,\n../../../bin/demo,,\n"
    )
    (environment / "bin").mkdir()
    (environment / "bin" / "demo").write_text("#!/bin/sh\n")
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "lib64").symlink_to("lib")


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    return EnvironmentStore(tmp_path / "store", maximum_bytes=0)


def make(
    store: EnvironmentStore, key: str = KEY, build: Callable[[Path], None] = fill
) -> StoredEnvironment:
    return store.create(key, build, installed=read_installed, artifacts={"demo": "sha256:00"})


def change(path: Path, content: str) -> None:
    """Write to a read-only file as its owner would after a chmod; root needs none."""
    path.chmod(0o644)
    path.write_text(content)


def add(path: Path, content: str = "") -> None:
    path.parent.chmod(0o755)
    path.write_text(content)


def test_created_environment_is_found_with_all_its_facts(store: EnvironmentStore) -> None:
    assert store.find(KEY) is None
    made = make(store)
    found = store.find(KEY)
    assert found == made
    assert made.installed == (InstalledPackage("demo", "1.5"),)
    assert made.artifacts == {"demo": "sha256:00"}
    assert made.python == made.path / "bin" / "python"
    assert made.digest.startswith("amun-manifest-1:")
    assert made.build_seconds >= 0
    assert store.verify(made) == ()
    assert store.keys() == [KEY]


def test_everything_in_it_is_read_only(store: EnvironmentStore) -> None:
    made = make(store)
    for folder, _, files in os.walk(made.path):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            if not path.is_symlink():
                assert not path.stat().st_mode & 0o222, path


def test_second_create_builds_nothing(store: EnvironmentStore) -> None:
    made = make(store)

    def refuse(_: Path) -> None:
        pytest.fail("built twice")

    assert make(store, build=refuse) == made


def test_digest_is_of_content_not_of_time_and_place(tmp_path: Path) -> None:
    stores = [EnvironmentStore(tmp_path / name, maximum_bytes=0) for name in ("a", "b")]
    first, second = (make(store) for store in stores)
    assert first.digest == second.digest
    other = make(stores[0], "other", lambda path: fill(path, content="x = 2\n"))
    assert other.digest != first.digest


class TestVerify:
    def test_changed_file_is_named_with_its_package(self, store: EnvironmentStore) -> None:
        made = make(store)
        change(made.path / SITE / "demo/__init__.py", "x = 2\n")
        assert store.verify(made) == ("demo 1.5: demo/__init__.py changed",)

    def test_change_behind_restored_times_is_found(self, store: EnvironmentStore) -> None:
        made = make(store)
        path = made.path / SITE / "demo/__init__.py"
        before = path.stat()
        change(path, "x = 9\n")  # same size
        path.chmod(stat.S_IMODE(before.st_mode))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size
        assert store.verify(made) == ("demo 1.5: demo/__init__.py changed",)

    def test_missing_and_added_files_are_named(self, store: EnvironmentStore) -> None:
        made = make(store)
        data = made.path / SITE / "demo/data.bin"
        data.parent.chmod(0o755)
        data.unlink()
        add(made.path / SITE / "demo/extra.py")
        add(made.path / SITE / "stray.pth")
        assert store.verify(made) == (
            "demo 1.5: demo/data.bin is missing",
            "demo 1.5: demo/extra.py was added",
            "stray.pth was added",
        )

    def test_changed_byte_code_belongs_to_its_source(self, store: EnvironmentStore) -> None:
        made = make(store)
        change(made.path / SITE / "demo/__pycache__/__init__.cpython-311.pyc", "other")
        assert store.verify(made) == (
            "demo 1.5: demo/__pycache__/__init__.cpython-311.pyc changed",
        )

    def test_script_belongs_to_the_package_that_records_it(self, store: EnvironmentStore) -> None:
        made = make(store)
        change(made.path / "bin/demo", "#!/bin/false\n")
        assert store.verify(made) == ("demo 1.5: bin/demo changed",)

    def test_link_to_another_interpreter_is_found(self, store: EnvironmentStore) -> None:
        made = make(store)
        made.python.parent.chmod(0o755)
        made.python.unlink()
        made.python.symlink_to("/bin/sh")
        assert store.verify(made) == ("bin/python changed",)

    def test_mode_counts(self, store: EnvironmentStore) -> None:
        made = make(store)
        (made.path / "bin/demo").chmod(0o555)
        assert store.verify(made) == ("demo 1.5: bin/demo has another mode",)

    def test_touched_file_is_no_difference_and_is_hashed_once(
        self, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = make(store)
        os.utime(made.path / SITE / "demo/__init__.py", ns=(1, 1))
        assert store.verify(made) == ()

        def refuse(path: Path) -> str:
            pytest.fail(f"{path} was read again")

        monkeypatch.setattr("inspector.environments.manifest.content_hash", refuse)
        assert store.verify(made) == ()

    def test_lost_manifest_is_a_difference(self, store: EnvironmentStore) -> None:
        made = make(store)
        (made.path.parent / "manifest.json").unlink()
        [difference] = store.verify(made)
        assert difference.startswith("the environment cannot be read: ")


class TestBuildsThatEndEarly:
    def test_failed_build_leaves_nothing(self, store: EnvironmentStore) -> None:
        def fail(environment: Path) -> None:
            fill(environment)
            raise RuntimeError("no")

        with pytest.raises(RuntimeError, match="no"):
            make(store, build=fail)
        assert [path.name for path in store.root.iterdir()] == ["locks"]
        assert make(store).key == KEY

    def test_killed_builder_leaves_nothing_valid(self, store: EnvironmentStore) -> None:
        """A real process is killed in mid-build, after the environment is half there."""
        code = (
            "import sys, time\nfrom pathlib import Path\n"
            "from inspector.environments import EnvironmentStore\n"
            "def build(path):\n"
            "    (path / 'lib').mkdir(parents=True)\n"
            "    (path / 'lib').chmod(0o555)\n"
            "    print('half', flush=True)\n"
            "    time.sleep(600)\n"
            "EnvironmentStore(Path(sys.argv[1]), maximum_bytes=0).create(\n"
            "    sys.argv[2], build, installed=lambda path: [])\n"
        )
        command = [sys.executable, "-c", code, str(store.root), KEY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
            assert builder.stdout is not None
            assert builder.stdout.readline() == "half\n"
            [work] = store.root.glob("*.building")
            assert store.find(KEY) is None
            assert store.remove_leftovers() == []  # its maker lives
            assert work.exists()
            builder.kill()
        assert store.remove_leftovers() == [work]
        assert not work.exists()
        assert make(store).installed == (InstalledPackage("demo", "1.5"),)

    def test_entry_without_marker_is_made_again(self, store: EnvironmentStore) -> None:
        made = make(store)
        (made.path.parent / "entry.json").unlink()
        assert store.find(KEY) is None
        assert make(store) is not None
        assert store.verify(make(store)) == ()

    def test_marker_of_another_key_or_scheme_is_not_believed(self, store: EnvironmentStore) -> None:
        made = make(store)
        marker = made.path.parent / "entry.json"
        marker.write_text(marker.read_text().replace("a" * 64, "a" * 63 + "b"))
        assert store.find(KEY) is None
        marker.write_text('{"schema": "something else"}')
        assert store.find(KEY) is None
        marker.write_text("{")
        assert store.find(KEY) is None


class TestTwoBuilders:
    def test_one_builds_the_other_waits(self, store: EnvironmentStore) -> None:
        entered, go = threading.Event(), threading.Event()
        builds: list[str] = []
        results: list[StoredEnvironment] = []

        def build(environment: Path) -> None:
            builds.append(threading.current_thread().name)
            entered.set()
            assert go.wait(30)
            fill(environment)

        threads = [
            threading.Thread(target=lambda: results.append(make(store, build=build)), name=name)
            for name in ("first", "second")
        ]
        threads[0].start()
        assert entered.wait(30)
        threads[1].start()
        go.set()
        for thread in threads:
            thread.join(30)
        assert builds == ["first"]
        assert results[0] == results[1]

    def test_waiting_can_be_stopped(self, store: EnvironmentStore) -> None:
        entered, go = threading.Event(), threading.Event()

        def build(environment: Path) -> None:
            entered.set()
            assert go.wait(30)
            fill(environment)

        thread = threading.Thread(target=make, args=(store, KEY, build))
        thread.start()
        try:
            assert entered.wait(30)
            with pytest.raises(StoppedError):
                store.create(KEY, fill, installed=read_installed, should_stop=lambda: True)
        finally:
            go.set()
            thread.join(30)


class TestRemoval:
    def test_discarded_environment_is_gone_and_made_again(self, store: EnvironmentStore) -> None:
        made = make(store)
        store.discard(KEY)
        assert store.find(KEY) is None
        assert not made.path.exists()
        assert store.verify(make(store)) == ()

    def test_discard_keeps_files_for_who_uses_them(self, store: EnvironmentStore) -> None:
        made = make(store)
        with store.use(KEY):
            store.discard(KEY)
            assert store.find(KEY) is None
            assert (made.path / "bin/demo").exists()
        assert make(store).path == made.path

    def test_use_of_what_is_gone_is_an_error(self, store: EnvironmentStore) -> None:
        with (
            pytest.raises(EngineError, match="no longer in the store"),
            store.use("amun-environment-1:" + "f" * 64),
        ):
            pytest.fail("not reached")

    def test_least_recently_used_goes_first_and_what_is_in_use_stays(self, tmp_path: Path) -> None:
        def build(environment: Path) -> None:
            fill(environment, size=100_000)

        unbounded = EnvironmentStore(tmp_path, maximum_bytes=0)
        for number, key in enumerate("abc"):
            make(unbounded, key, build)
            used = next(
                path.parent / "used"
                for path in tmp_path.glob("*/entry.json")
                if f'"key": "{key}"' in path.read_text()
            )
            os.utime(used, ns=(number, number))  # long ago, in this order
        with unbounded.use("a"):
            pass  # now "b" is the one that was not used for longest
        assert unbounded.keys() == ["b", "c", "a"]

        bounded = EnvironmentStore(tmp_path, maximum_bytes=250_000)
        with bounded.use("b"):
            make(bounded, "d", build)
            # four of 100 kB, two fit: "b" is in use, "d" is the one just made
            assert bounded.keys() == ["b", "d"]

    def test_environment_larger_than_the_bound_stays_while_it_is_the_newest(
        self, tmp_path: Path
    ) -> None:
        store = EnvironmentStore(tmp_path, maximum_bytes=10)
        make(store, "a")
        assert store.keys() == ["a"]
        make(store, "b")
        assert store.keys() == ["b"]
