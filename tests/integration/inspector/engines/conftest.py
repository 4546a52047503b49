"""A real container engine, a tiny stand-in for the indicators, and a stack of one package."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from amun_core.plan import BuildPlan, ImageFacts, LockedRequirement, RunPlan
from amun_core.settings import Settings
from amun_core.specification import Limits
from inspector.engines.base import Environment, RunExit, RunFolder, RunLabels
from inspector.engines.container import ContainerEngine
from inspector.environments import EnvironmentStore, find_uv
from inspector.index_settings import IndexSettings
from tests.support.container_engine import BASE_IMAGE
from tests.support.container_plans import build_plan

#: Plays the indicators' driver: runs the code of the request, then writes a result document.
DRIVER = """
import json, sys
request = json.load(open(sys.argv[2]))
exec(request["code"])
json.dump({"peak_rss_bytes": 4096}, open(sys.argv[3], "w"))
"""
#: Other tests may use the same daemon at the same time.
INSTALLATION = f"test-{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def base_image(container_engine: dict[str, str]) -> str:
    return BASE_IMAGE


@pytest.fixture(scope="session")
def numpy_stack(tmp_path_factory: pytest.TempPathFactory) -> tuple[LockedRequirement, ...]:
    """numpy for Python 3.11 with its hashes, as the index of this host has it."""
    folder = tmp_path_factory.mktemp("lock")
    (folder / "in").write_text("numpy\n")
    index = IndexSettings.read()
    subprocess.run(
        [
            *(str(find_uv()), "pip", "compile", "--generate-hashes", "--no-header", "--quiet"),
            *("--python-version", "3.11", "--output-file", str(folder / "out"), str(folder / "in")),
            *index.uv_arguments(),
        ],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", **index.uv_environment()},
        check=True,
        capture_output=True,
    )
    pin, *hashes = (folder / "out").read_text().replace("\\\n", " ").split(" --hash=")
    name, _, version = pin.split("\n")[-1].strip().partition("==")
    values = tuple(value.split()[0] for value in hashes)
    return (LockedRequirement(name=name, version=version.strip(), hashes=values),)


@dataclass
class Bench:
    """The engine under test with a home of its own, and short ways to use it."""

    home: Path
    engine: ContainerEngine
    stack: tuple[LockedRequirement, ...]
    log: list[tuple[str, str]] = field(default_factory=list)

    def plan(self, mode: str, facts: ImageFacts, key: str, **changes: Any) -> BuildPlan:
        values: dict[str, Any] = {
            "mode": mode,
            "base": facts,
            "requirements": self.stack,
            "environment_key": "amun-environment-1:" + key.encode().hex().ljust(64, "0")[:64],
        }
        return build_plan(**values | changes)

    def prepare(self, plan: BuildPlan) -> Environment:
        def log(section: str, text: str) -> None:
            self.log.append((section, text))

        return self.engine.prepare(plan, log, lambda: False)

    def run(
        self,
        plan: BuildPlan,
        made: Environment,
        code: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        index: int = 0,
        limits: dict[str, int] | None = None,
        **changes: Any,
    ) -> tuple[RunExit, RunFolder]:
        folder = RunFolder(self.home / "runs" / str(index))
        shutil.rmtree(folder.root, ignore_errors=True)
        folder.request.parent.mkdir(parents=True)
        folder.result.parent.mkdir()
        folder.request.write_text(json.dumps({"code": code}))
        values: dict[str, Any] = {
            "runs": 1,
            "threads": 1,
            "cpu_set": (0,),
            "limits": Limits(**({"run_seconds": 60} | (limits or {}))),
            "seed": 0,
        }
        run_plan = RunPlan(**values | changes)
        labels = RunLabels(INSTALLATION, "inspection-test", 1, index)
        return self.engine.run(run_plan, plan, made, folder, labels, should_stop), folder


@pytest.fixture(scope="session")
def bench(
    base_image: str,
    numpy_stack: tuple[LockedRequirement, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    pis = home / "pis"
    pis.mkdir()
    (pis / "__main__.py").write_text(DRIVER)
    settings = Settings(home=home)
    store = EnvironmentStore(settings.resolved_environment_store, maximum_bytes=2**33)
    engine = ContainerEngine(settings, store, INSTALLATION, pis)
    yield Bench(home, engine, numpy_stack)
    engine.remove_leftovers(INSTALLATION, ())


@pytest.fixture(scope="session")
def base_facts(bench: Bench, base_image: str) -> ImageFacts:
    return bench.engine.image_facts(base_image, "3.11")


@pytest.fixture(scope="session")
def ready(bench: Bench, base_facts: ImageFacts) -> tuple[BuildPlan, Environment]:
    """An environment made inside the base image: most tests of runs share it."""
    plan = bench.plan("image_environment", base_facts, "ready")
    return plan, bench.prepare(plan)
