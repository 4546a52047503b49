"""The space of stacks as a person asks for it: on the real index, then offline from what was kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service

pytestmark = pytest.mark.network


def amun(*words: str, folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "amun_client", "stack", *words, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("stack")
    return folder, amun("count", "flask", "--save-snapshot", "flask.snapshot", folder=folder)


def test_the_count_is_digits_for_a_snapshot(kept: tuple[Path, dict[str, Any]]) -> None:
    document = kept[1]
    assert document["count"].isdecimal()
    assert 10**6 < int(document["count"]) < 10**12
    assert len(document["snapshot"]["digest"]) == 64
    assert document["left_out"]["counts"]["sdist_only"] > 0


def test_the_same_again_offline(kept: tuple[Path, dict[str, Any]]) -> None:
    folder, first = kept
    frozen = ("--snapshot", "flask.snapshot", "--offline")
    again = amun("count", "flask", *frozen, folder=folder)
    for name in ("count", "snapshot", "left_out", "environment", "packages", "versions"):
        assert again[name] == first[name], name
    assert again["figures"]["requests"] == 0


def test_what_is_drawn_is_counted(kept: tuple[Path, dict[str, Any]]) -> None:
    folder, first = kept
    frozen = ("--snapshot", "flask.snapshot", "--offline")
    drawn = amun("sample", "flask", "-n", "50", "--seed", "1", "--uniform", *frozen, folder=folder)
    assert drawn["count"] == first["count"]
    ranks = [int(entry["rank"]) for entry in drawn["stacks"]]
    assert len(set(ranks)) > 45
    assert max(ranks) < int(first["count"])
    locked = amun("lock", "flask", "--rank", str(ranks[0]), *frozen, folder=folder)
    assert locked["stack"] == drawn["stacks"][0]["stack"]


def test_a_service_answers_too(new_service: Callable[..., Service]) -> None:
    service = new_service()
    service.up()
    done = service.amun("stack", "count", "flask", "--last", "5", "--server", service.url, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert 0 < int(document["count"]) <= int(document["combinations"])
    listed = service.get("/stacks/questions")["questions"]
    assert [(one["verb"], one["state"]) for one in listed] == [("count", "succeeded")]
    assert listed[0]["snapshot"] == document["snapshot"]["digest"]
    empty = service.amun("stack", "count", "flask", "jinja2<2", "--server", service.url)
    assert empty.returncode == 7
    assert "These block each other" in empty.stderr
