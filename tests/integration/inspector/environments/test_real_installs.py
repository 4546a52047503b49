"""Environments made by the real uv from the real index: exact, checked, apart from each other."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.plan import BuildPlan, ImageFacts, IndexSource, LockedRequirement, RunPlan
from amun_core.settings import Settings
from amun_core.specification import IndicatorRequest, Limits
from amun_core.states import AttributedTo, FailureReason
from inspector.engines.base import RunFolder, RunLabels, StoppedError
from inspector.engines.process import ProcessEngine
from inspector.environments import EnvironmentStore, Installer, find_uv
from inspector.host import host_image_facts
from inspector.index_settings import IndexSettings
from inspector.indicators import ship_indicators
from tests.support.index_server import IndexServer, Served, metadata_of, wheel_of

pytestmark = pytest.mark.network


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture(scope="module")
def locked(
    cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[LockedRequirement, ...]]:
    """Pins with every hash that the index has, asked for at test time."""
    index = IndexSettings.read()
    folder = tmp_path_factory.mktemp("locks")

    def lock(*pins: str) -> tuple[LockedRequirement, ...]:
        (folder / "requirements.in").write_text("\n".join(pins))
        text = subprocess.run(
            [
                *(str(find_uv()), "pip", "compile", "--quiet", "--generate-hashes", "--no-header"),
                *("--no-annotate", str(folder / "requirements.in"), *index.uv_arguments()),
            ],
            env={**os.environ, **index.uv_environment(), "UV_CACHE_DIR": str(cache)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return tuple(
            LockedRequirement(
                name=found[1], version=found[2], hashes=tuple(re.findall(r"--hash=(\S+)", found[3]))
            )
            for found in re.finditer(
                r"^([^\s=]+)==(\S+)((?: \\\n +--hash=\S+)+)", text, re.MULTILINE
            )
        )

    return lock


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ImageFacts:
    return host_image_facts(None, tmp_path_factory.mktemp("home"))


@pytest.fixture
def plan(base: ImageFacts) -> Callable[..., BuildPlan]:
    def make(*requirements: LockedRequirement, key: str = "e", **changes: Any) -> BuildPlan:
        plan = BuildPlan(
            engine="process",
            engine_why="test",
            mode="host_environment",
            environment_key=f"amun-environment-1:{key * 64}",
            base=base,
            stack_digest="",
            lock_digest="",
            requirements=requirements,
            sources=(IndexSource(name="main", url="https://index.example/simple"),),
        )
        return plan.model_copy(update=changes)

    return make


@pytest.fixture
def engine(tmp_path: Path, cache: Path) -> ProcessEngine:
    home = tmp_path / "home"
    return ProcessEngine(
        Settings(home=home),
        EnvironmentStore(home / "environments", maximum_bytes=0),
        "installation",
        ship_indicators(home),
        installer=Installer(cache),
    )


class Log:
    """Keeps what a build says."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, _: str, text: str) -> None:
        self.text += text


def test_exact_set_is_installed_and_compiled(
    engine: ProcessEngine, plan: Callable[..., BuildPlan], locked: Any
) -> None:
    requirements = locked("six==1.17.0", "idna==3.10")
    log = Log()
    made = engine.prepare(plan(*requirements), log, never)
    assert {(package.name, package.version) for package in made.installed} == {
        ("six", "1.17.0"),
        ("idna", "3.10"),
    }
    assert not made.reused
    assert engine.verify(plan(*requirements), made) == ()
    site = next(Path(made.location).glob("lib/python*/site-packages"))
    assert list(site.glob("__pycache__/six.*.pyc"))
    assert "+ six==1.17.0" in log.text
    assert "Bytecode compiled" in log.text
    again = engine.prepare(plan(*requirements), Log(), never)
    assert again.reused
    assert again.digest == made.digest


def test_writing_into_one_environment_leaves_the_next_unharmed(
    engine: ProcessEngine, plan: Callable[..., BuildPlan], locked: Any
) -> None:
    requirements = locked("six==1.17.0")
    first = engine.prepare(plan(*requirements, key="a"), Log(), never)
    [victim] = Path(first.location).glob("lib/python*/site-packages/six.py")
    original = victim.read_bytes()
    victim.chmod(0o644)
    with victim.open("ab") as file:  # in place: a hard link would carry it into uv's cache
        file.write(b"\nraise RuntimeError('changed')\n")
    second = engine.prepare(plan(*requirements, key="b"), Log(), never)
    [copy] = Path(second.location).glob("lib/python*/site-packages/six.py")
    assert copy.read_bytes() == original
    assert engine.verify(plan(*requirements, key="b"), second) == ()
    assert engine.verify(plan(*requirements, key="a"), first) == ("six 1.17.0: six.py changed",)


def test_numpy_is_measured_by_the_shipped_indicator(
    engine: ProcessEngine, plan: Callable[..., BuildPlan], locked: Any, tmp_path: Path
) -> None:
    requirements = locked("numpy==2.2.6")
    build = plan(*requirements)
    environment = engine.prepare(build, Log(), never)
    started = time.monotonic()
    assert engine.verify(build, environment) == ()
    assert time.monotonic() - started < 1
    folder = RunFolder(tmp_path / "run")
    folder.request.parent.mkdir(parents=True)
    folder.request.write_text(
        json.dumps(
            {
                "schema": "amun.run-request/1",
                "inspection_id": "inspection-0a1b2c3d",
                "run_index": 0,
                "seed": 0,
                "indicator": {
                    "name": "matmul",
                    "framework": "numpy",
                    "parameters": {"matrix_size": 64},
                },
                "script": None,
                "expected": [["numpy", "2.2.6"]],
                "allowed_extra": [],
                "threads": 1,
                "cpu_set": [0],
                "limits": {"memory_bytes": None, "run_seconds": 60, "output_bytes": 1048576},
            }
        )
    )
    ended = engine.run(
        RunPlan(
            runs=1,
            indicator=IndicatorRequest(name="matmul", framework="numpy"),
            threads=1,
            cpu_set=(0,),
            limits=Limits(run_seconds=60),
            seed=0,
        ),
        build,
        environment,
        folder,
        RunLabels("installation", "inspection-0a1b2c3d", 1, 0),
        never,
    )
    assert ended.exit_code == 0, folder.stderr.read_text()
    result = json.loads(folder.result.read_text())
    assert (result["outcome"], result["component"]) == ("completed", "numpy")
    assert engine.verify(build, environment) == ()  # the run has written nothing into it


@pytest.mark.parametrize(
    ("requirement", "reason", "message"),
    [
        (
            LockedRequirement(name="six", version="1.17.0", hashes=("sha256:" + "0" * 64,)),
            FailureReason.HASH_MISMATCH,
            "six 1.17.0: the file on the index has another hash than the lock",
        ),
        (
            LockedRequirement(name="six", version="99.0", hashes=("sha256:" + "0" * 64,)),
            FailureReason.ARTIFACT_NOT_FOUND,
            "six 99.0 is not on the package index",
        ),
        (
            LockedRequirement(
                name="tensorflow-cpu", version="2.2.0", hashes=("sha256:" + "0" * 64,)
            ),
            FailureReason.ARTIFACT_NOT_FOUND,
            "tensorflow-cpu 2.2.0 has no file for Python 3.",
        ),
        (
            LockedRequirement(name="six", version="1.17.0 --index-url=http://x"),
            FailureReason.RESOLUTION_FAILED,
            "is not a pinned package",
        ),
        (
            LockedRequirement(name="six", version="1.17.0", url="file:///etc/passwd"),
            FailureReason.RESOLUTION_FAILED,
            "only packages from http and https addresses are installed",
        ),
    ],
)
def test_what_cannot_be_installed_says_why(
    engine: ProcessEngine,
    plan: Callable[..., BuildPlan],
    requirement: LockedRequirement,
    reason: FailureReason,
    message: str,
) -> None:
    with pytest.raises(AttemptFailedError, match=re.escape(message)) as caught:
        engine.prepare(plan(requirement), Log(), never)
    assert caught.value.reason is reason
    assert engine.find(plan(requirement)) is None


def test_unreachable_further_index_is_named_within_bounded_time(
    engine: ProcessEngine, plan: Callable[..., BuildPlan], locked: Any
) -> None:
    wanted = plan(
        *locked("six==1.17.0"),
        sources=(IndexSource(name="gone", url="https://joe:secret@127.0.0.1:9/simple"),),
    )
    started = time.monotonic()
    log = Log()
    with pytest.raises(AttemptFailedError, match=r"index at 127\.0\.0\.1 cannot") as caught:
        engine.prepare(wanted, log, never)
    assert caught.value.reason is FailureReason.INDEX_UNREACHABLE
    assert caught.value.attributed_to is AttributedTo.HOST
    assert time.monotonic() - started < 60
    assert "secret" not in log.text + str(caught.value) + caught.value.last_lines


def wheel(answer: int) -> bytes:
    """A wheel of made-up 1.0 whose module says so."""
    return wheel_of(
        "made-up",
        "1.0",
        metadata_of("made-up", "1.0"),
        members={"made_up.py": f"answer = {answer}\n".encode()},
        last={"made_up-1.0.dist-info/RECORD": b"made_up.py,,\n"},
    )


def test_where_two_indexes_have_a_version_the_main_one_counts(
    plan: Callable[..., BuildPlan], tmp_path: Path
) -> None:
    with IndexServer() as main, IndexServer() as further:
        for index, answer in ((main, 42), (further, 13)):
            served = Served(wheel(answer), b"")
            index.projects["made-up"] = {"made_up-1.0-py3-none-any.whl": served}
        settings = IndexSettings(index_url=main.url, extra_index_urls=(further.url,))
        digest = hashlib.sha256(wheel(42)).hexdigest()
        locked = LockedRequirement(name="made-up", version="1.0", hashes=(f"sha256:{digest}",))
        installer = Installer(tmp_path / "cache", index=settings)
        log = Log()
        installer.install(plan(locked), tmp_path / "environment", log, never)
    [installed] = (tmp_path / "environment").glob("lib/python*/site-packages/made_up.py")
    assert installed.read_text() == "answer = 42\n", log.text


def test_lock_without_hashes_is_installed_and_said(
    engine: ProcessEngine, plan: Callable[..., BuildPlan]
) -> None:
    log = Log()
    made = engine.prepare(plan(LockedRequirement(name="six", version="1.17.0")), log, never)
    assert [package.name for package in made.installed] == ["six"]
    assert "The lock has no hashes for six" in log.text


def test_stopped_build_leaves_nothing(
    engine: ProcessEngine, plan: Callable[..., BuildPlan], locked: Any
) -> None:
    with pytest.raises(StoppedError):
        engine.prepare(plan(*locked("six==1.17.0")), Log(), lambda: True)
    assert engine.find(plan()) is None


def test_build_that_takes_too_long(engine: ProcessEngine, plan: Callable[..., BuildPlan]) -> None:
    # nothing listens that would answer: the connection is tried again until the time is over
    wanted = plan(
        LockedRequirement(name="six", version="1.17.0", hashes=("sha256:" + "0" * 64,)),
        sources=(IndexSource(name="gone", url="https://127.0.0.1:9/simple"),),
        timeout_seconds=1,
    )
    with pytest.raises(AttemptFailedError, match="not ready after 1 s") as caught:
        engine.prepare(wanted, Log(), never)
    assert caught.value.reason is FailureReason.BUILD_TIMEOUT


def test_full_disk_is_the_hosts_doing(
    plan: Callable[..., BuildPlan], locked: Any, cache: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        store = EnvironmentStore(small / "environments", maximum_bytes=0)
        engine = ProcessEngine(
            Settings(home=tmp_path), store, "installation", tmp_path, installer=Installer(cache)
        )
        with pytest.raises(AttemptFailedError, match="the disk is full") as caught:
            engine.prepare(plan(*locked("numpy==2.2.6")), Log(), never)
        assert caught.value.reason is FailureReason.DISK_FULL
        assert caught.value.attributed_to is AttributedTo.HOST
        assert list(small.glob("environments/*.building")) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
