"""The container engine against a real daemon: probe, facts, the three modes."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.plan import FileAddress, ImageFacts, IndexSource, LockedRequirement
from amun_core.settings import Settings
from amun_core.specification import File
from amun_core.states import AttributedTo, FailureReason
from inspector.engines.base import StoppedError
from inspector.engines.container import ContainerEngine
from inspector.environments import EnvironmentStore
from inspector.index_settings import ca_bundle
from tests.support.index_server import IndexServer
from tests.support.installable import put

from .conftest import INSTALLATION, Bench

pytestmark = pytest.mark.container

PRODUCT = "import numpy; print(numpy.__version__, int(numpy.ones((8, 8)).dot(numpy.ones(8)).sum()))"
ODD = 'a "b"\n$HOME/c.txt'


def test_the_probe_works_and_is_quick(bench: Bench) -> None:
    probe = bench.engine.probe()
    assert probe.usable, probe.why
    assert probe.version.startswith(("docker ", "podman "))
    assert probe.capabilities == {"environments", "images"}


def test_without_a_daemon_the_probe_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    settings = Settings(home=tmp_path, container_command="docker")
    store = EnvironmentStore(tmp_path / "store", maximum_bytes=0)
    engine = ContainerEngine(settings, store, INSTALLATION, tmp_path)
    began = time.monotonic()
    probe = engine.probe()
    assert (probe.usable, probe.why) == (False, "docker: no daemon answers (is dockerd running?)")
    assert time.monotonic() - began < 5
    assert engine.remove_leftovers(INSTALLATION, ()) == []


def test_facts_of_a_local_image(base_facts: ImageFacts, base_image: str) -> None:
    identity = subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", base_image],
        capture_output=True,
        text=True,
        check=True,
    )
    assert base_facts.digest == identity.stdout.strip()
    assert base_facts.reference == base_image
    assert base_facts.python.version.startswith("3.11.")
    assert base_facts.python.markers["python_version"] == "3.11"
    assert (base_facts.operating_system.id, base_facts.operating_system.package_tool) == (
        "debian",
        "apt",
    )
    assert base_facts.libc.startswith("glibc 2.")


def test_a_base_that_cannot_be_had_fails_in_time(bench: Bench) -> None:
    began = time.monotonic()
    with pytest.raises(AttemptFailedError, match=r"'registry.invalid/thoth/ubi8:1' is not on") as e:
        bench.engine.image_facts("registry.invalid/thoth/ubi8:1", "3.6")
    assert e.value.reason is FailureReason.BASE_IMAGE_NOT_FOUND
    assert e.value.attributed_to is AttributedTo.REQUEST
    assert time.monotonic() - began < 60


def test_a_base_without_python_is_unsuitable(bench: Bench) -> None:
    bench.engine.probe()  # makes the image with the empty root
    names = subprocess.run(
        ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "amun-host-root"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    with pytest.raises(AttemptFailedError, match="it has no shell") as caught:
        bench.engine.image_facts(names[0], None)
    assert caught.value.reason is FailureReason.BASE_IMAGE_UNSUITABLE


def test_an_environment_of_this_host(bench: Bench) -> None:
    facts = bench.engine.image_facts(None, None)
    plan = bench.plan("host_environment", facts, "host")
    environment = bench.prepare(plan)
    end, folder = bench.run(plan, environment, PRODUCT)
    assert folder.stdout.read_text() == f"{bench.stack[0].version} 64\n", folder.stderr.read_text()
    assert end.exit_code == 0
    look = """
import os, json
open("x", "w").write("1")
open("/tmp/x", "w").write("1")
print(json.dumps([os.listdir("/"), open("/etc/passwd").read()]))
"""
    _, folder = bench.run(plan, environment, look)
    top, passwd = json.loads(folder.stdout.read_text())
    assert "home" not in top
    assert [line.split(":")[0] for line in passwd.splitlines()] == ["root", "nobody"]


def test_an_environment_inside_a_base_image(bench: Bench, base_facts: ImageFacts) -> None:
    plan = bench.plan("image_environment", base_facts, "inside")
    assert bench.engine.find(plan) is None
    environment = bench.prepare(plan)
    assert not environment.reused
    assert [(one.name, one.version) for one in environment.installed] == [
        ("numpy", bench.stack[0].version)
    ]
    assert bench.prepare(plan).reused
    assert bench.engine.verify(plan, environment) == ()
    end, folder = bench.run(plan, environment, PRODUCT)
    assert folder.stdout.read_text() == f"{bench.stack[0].version} 64\n", folder.stderr.read_text()
    assert end.exit_code == 0
    changed = next(Path(environment.location).glob("lib/python3*/site-packages/numpy/version.py"))
    changed.chmod(0o644)
    changed.write_text(changed.read_text() + "\n")
    (difference,) = bench.engine.verify(plan, environment)
    assert difference == f"numpy {bench.stack[0].version}: numpy/version.py changed"
    bench.engine.discard(plan, environment)
    assert bench.engine.find(plan) is None


def test_an_image_with_everything(bench: Bench, base_facts: ImageFacts) -> None:
    odd = "q\"u\\o'te $(x) ${PATH} `y` \\"
    plan = bench.plan(
        "image",
        base_facts,
        "image",
        native_packages=("hello",),
        tool_packages=("cowsay",),
        files=(File(path=ODD, content="x\r\n$y"), File(path="/etc/amun.conf", content="z")),
        environment=(("ODD", odd), ("LINES_", "a\nRUN false\nb"), ("EMPTY", "")),
    )
    environment = bench.prepare(plan)
    assert environment.location.startswith("sha256:")
    assert [(one.name, one.version) for one in environment.installed] == [
        ("numpy", bench.stack[0].version)
    ]
    sections = {section for section, _ in bench.log}
    assert {"dockerfile", "native packages", "install", "tool packages", "files"} <= sections
    assert bench.prepare(plan).reused
    code = f"""
import json, numpy, os, subprocess
print(json.dumps({{
    "numpy": numpy.__version__,
    "hello": subprocess.check_output(["hello"], text=True),
    "file": open({ODD!r}, newline="").read(),
    "absolute": open("/etc/amun.conf").read(),
    "tools": os.path.exists("/opt/amun/tools/lib/python3.11/site-packages/cowsay"),
    "environment": {{name: os.environ[name] for name in ("ODD", "LINES_", "EMPTY")}},
}}))
"""
    end, folder = bench.run(plan, environment, code)
    assert end.exit_code == 0, folder.stderr.read_text()
    assert json.loads(folder.stdout.read_text()) == {
        "numpy": bench.stack[0].version,
        "hello": "Hello, world!\n",
        "file": "x\r\n$y",
        "absolute": "z",
        "tools": True,
        "environment": {"ODD": odd, "LINES_": "a\nRUN false\nb", "EMPTY": ""},
    }
    assert_no_secret_in_layers(environment.location, base_facts)
    assert bench.engine.verify(plan, environment) == ()
    bench.engine.discard(plan, environment)
    assert bench.engine.find(plan) is None
    (difference,) = bench.engine.verify(plan, environment)
    assert "is gone" in difference


def assert_no_secret_in_layers(image: str, base: ImageFacts) -> None:
    """The layers made here hold neither the certificates nor the index settings nor uv."""
    bundle = ca_bundle()
    assert bundle is not None, "this host has no certificates to look for"
    mark = bundle.read_bytes().split(b"-----BEGIN CERTIFICATE-----")[1].split()[0]
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    history = subprocess.run(
        ["docker", "history", "--no-trunc", image], capture_output=True, check=True
    ).stdout
    assert b"--index-strategy" not in history
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        layers = manifest[0]["Layers"][1:]  # the first is the base
        assert len(layers) >= 4
        for name in layers:
            member = archive.extractfile(name)
            assert member is not None
            content = member.read()
            assert mark not in content
            assert b'"--index-strategy"' not in content
            with tarfile.open(fileobj=io.BytesIO(content)) as layer:
                for entry in layer:
                    assert not entry.name.startswith("run/amun/") or entry.size == 0, entry.name


def test_an_unknown_native_package_is_named(bench: Bench, base_facts: ImageFacts) -> None:
    plan = bench.plan("image", base_facts, "native", native_packages=("no-such-package-here",))
    with pytest.raises(AttemptFailedError, match="has no package 'no-such-package-here'") as caught:
        bench.prepare(plan)
    assert caught.value.reason is FailureReason.NATIVE_PACKAGE_NOT_FOUND


@pytest.mark.parametrize("mode", ["image", "image_environment"])
def test_another_hash_is_refused(bench: Bench, base_facts: ImageFacts, mode: str) -> None:
    wrong = bench.stack[0].model_copy(update={"hashes": ("sha256:" + "0" * 64,)})
    plan = bench.plan(mode, base_facts, f"hash {mode}", requirements=(wrong,))
    with pytest.raises(AttemptFailedError) as caught:
        bench.prepare(plan)
    assert caught.value.reason is FailureReason.HASH_MISMATCH
    assert bench.engine.find(plan) is None


@pytest.mark.parametrize("mode", ["image", "image_environment"])
@pytest.mark.parametrize("gone", [False, True])
def test_files_are_taken_from_where_the_lock_says_that_they_lie(
    bench: Bench, base_facts: ImageFacts, mode: str, gone: bool
) -> None:
    with IndexServer() as elsewhere, IndexServer() as second:
        name, sha256 = put(elsewhere, "only-here", "1.0")
        place = second if gone else elsewhere
        url = f"{elsewhere.origin}/{'gone' if gone else 'files'}/{name}"
        put(place, "only-here", "1.0")
        file = FileAddress(kind="wheel", name=name, url=url, hashes=(f"sha256:{sha256}",))
        located = LockedRequirement(
            name="only-here", version="1.0", hashes=file.hashes, file=file, index="second"
        )
        plan = bench.plan(
            mode,
            base_facts,
            f"where {mode} {gone}",
            requirements=(located,),
            sources=(IndexSource(name="second", url=second.url),),
        )
        made = bench.prepare(plan)
    assert [(one.name, one.version) for one in made.installed] == [("only-here", "1.0")]
    assert dict(made.artifacts) == {"only-here": f"sha256:{sha256}"}


@pytest.mark.parametrize("mode", ["image", "image_environment"])
def test_a_package_that_refuses_this_python_is_refused(
    bench: Bench, base_facts: ImageFacts, mode: str
) -> None:
    with IndexServer() as index:
        put(index, "bounded", "1.0", python=">=3.6,<3.7")
        plan = bench.plan(
            mode,
            base_facts,
            f"python {mode}",
            requirements=(LockedRequirement(name="bounded", version="1.0"),),
            sources=(IndexSource(name="main", url=index.url),),
            main_source="main",
        )
        with pytest.raises(AttemptFailedError, match=r"requires Python >=3\.6,<3\.7"):
            bench.prepare(plan)


@pytest.mark.parametrize("mode", ["image", "image_environment"])
def test_a_build_stops_and_times_out(bench: Bench, base_facts: ImageFacts, mode: str) -> None:
    plan = bench.plan(mode, base_facts, f"stop {mode}", environment=(("MODE", mode),))
    with pytest.raises(StoppedError):
        bench.engine.prepare(plan, lambda _, __: None, lambda: True)
    # uv waits for the index for longer than that
    short = bench.plan(
        mode, base_facts, f"time {mode}", environment=(("TIME", mode),), timeout_seconds=0
    )
    with pytest.raises(AttemptFailedError, match="was not ready after 0 s") as caught:
        bench.prepare(short)
    assert caught.value.reason is FailureReason.BUILD_TIMEOUT
    mine = f"label=org.amun.installation={INSTALLATION}"
    left = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", mine], capture_output=True, check=True
    )
    assert left.stdout == b""
    assert list((bench.home / "container" / "builds").iterdir()) == []
