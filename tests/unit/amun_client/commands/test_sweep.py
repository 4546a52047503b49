"""`amun sweep` from the outside: the service is a stub, the index a snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_core.sweep_intake import parse_sweep
from tests.support.stack_questions import write_snapshot
from tests.support.sweep_documents import SWEEP, results, sweep

LIST = "/api/v1/sweeps"
PATH = f"{LIST}/{SWEEP}"
Amun = Callable[..., Any]
ACCEPTED = {"schema": "amun.sweep/1", "id": SWEEP, "state": "accepted", "members": 3, "known": 1,
            "created_at": "2030-01-01T12:00:00Z", "url": "x", "warnings": [], "replayed": False}  # fmt: skip
TARGET = ("--python-version", "3.11.7", "--platform", "x86_64", "--libc", "glibc 2.36")


@pytest.fixture
def submit(amun: Amun, stub: Any, tmp_path: Path) -> Amun:
    """`amun sweep submit ...` against the stub."""
    stub.on("POST", LIST, ACCEPTED, status=202)
    return lambda *words: amun("sweep", "submit", *words, "--server", stub.url)


@pytest.fixture
def space(tmp_path: Path) -> tuple[str, ...]:
    """Options that let questions be answered from the small index."""
    return (*TARGET, "--snapshot", str(write_snapshot(tmp_path / "snapshot")), "--offline")


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    folder = tmp_path / "locks"
    folder.mkdir()
    for version in ("2.1.0", "2.2.0"):
        (folder / f"numpy-{version}.txt").write_text(f"numpy=={version}\n")
    return folder


def sent(stub: Any) -> Any:
    (request,) = stub.seen("POST", LIST)
    parse_sweep(request[4])
    return request[4]


def test_locks_of_a_folder(submit: Amun, stub: Any, locks: Path) -> None:
    ended = submit("--locks", str(locks), "--indicator", "matmul", "-p", "matrix_size=64",
                   "--runs", "12", "--in-flight", "8", "--seed", "3", "--band", "5%")  # fmt: skip
    assert (ended.code, ended.out) == (0, f"{SWEEP}\n")
    assert "1 of 3 stacks are known" in ended.err
    request = sent(stub)
    assert [one["name"] for one in request["members"]] == ["numpy-2.1.0", "numpy-2.2.0"]
    assert request["reference"] == "numpy-2.1.0"
    assert (request["runs"], request["in_flight"], request["seed"], request["band"]) == (
        12,
        8,
        3,
        0.05,
    )
    assert request["common"]["indicator"] == {
        "name": "matmul",
        "framework": "numpy",
        "parameters": {"matrix_size": 64},
    }


def test_a_reference_by_name_or_by_file(submit: Amun, stub: Any, locks: Path) -> None:
    words = ("--locks", str(locks), "--indicator", "matmul")
    submit(*words, "--reference", "numpy-2.2.0")
    assert sent(stub)["reference"] == "numpy-2.2.0"
    stub.requests.clear()
    mine = locks.parent / "mine.txt"
    mine.write_text("numpy==2.0.0\n")
    submit(*words, "--reference", str(mine))
    assert [one["name"] for one in sent(stub)["members"]] == ["mine", "numpy-2.1.0", "numpy-2.2.0"]
    ended = submit(*words, "--reference", "numpy-3")
    assert ended.code == 2
    assert "numpy-2.1.0, numpy-2.2.0" in ended.err


def test_stacks_of_a_space(submit: Amun, stub: Any, space: tuple[str, ...]) -> None:
    ended = submit("app", "--select", "sample:3", *space,
                   "--indicator", "matmul", "--framework", "numpy")  # fmt: skip
    assert ended.code == 0, ended.err
    assert "of 6 valid ones" in ended.err
    request = sent(stub)
    assert 3 <= len(request["members"]) <= 4
    assert request["members"][0]["lock"]["format"] == "Pipfile.lock"
    assert request["origin"]["select"] == "sample:3"
    assert request["origin"]["count"] == "6"
    assert len(request["origin"]["snapshot"]["digest"]) == 64


def test_a_campaign_as_it_is(
    submit: Amun, stub: Any, space: tuple[str, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "Pipfile").write_text('[packages]\napp = "*"\n')
    context = {"base": "python:3.11-slim-bookworm", "batch_size": 1, "identifier": "tf24",
               "script": "print()", "packages": ["which"]}  # fmt: skip
    (folder / "ac.json").write_text(json.dumps(context))
    (folder / "environ.json").write_text('{"python_version": "3.11"}')
    (folder / "pipeline.yaml").write_text("sieves: [{name: CutPreReleasesSieve}, {name: Odd}]\n")
    ended = submit("--campaign", str(folder), "--select", "enumerate", *space)
    assert ended.code == 0, ended.err
    assert "CutPreReleasesSieve: honoured: --pre-releases never" in ended.err
    assert "Odd: no effect" in ended.err
    request = sent(stub)
    assert len(request["members"]) == 6
    assert request["identifier"] == "tf24"
    assert request["common"]["script"] == "print()"


def test_a_dry_run_checks_and_begins_nothing(submit: Amun, stub: Any, locks: Path) -> None:
    warning = {"pointer": "/common/x", "message": "unknown key, has no effect"}
    checked = {"schema": "amun.checked-sweep/1", "members": 2, "warnings": [warning]}
    stub.on("POST", "/api/v1/sweep-checks", checked)
    ended = submit("--locks", str(locks), "--indicator", "matmul", "--dry-run")
    assert ended.out == "stack\trole\tpackages\nnumpy-2.1.0\treference\t1\nnumpy-2.2.0\t-\t1\n"
    assert "warning: /common/x: unknown key" in ended.err
    assert stub.seen("POST", LIST) == []
    document = submit(
        "--locks", str(locks), "--indicator", "matmul", "--dry-run", "--json"
    ).document
    assert len(document["members"]) == 2


def test_a_dry_run_finds_the_faults_of_the_run(amun: Amun, stub: Any, locks: Path) -> None:
    fault = {"pointer": "/common/indicator/parameters/size", "message": "unknown", "hint": None}
    stub.problem("POST", "/api/v1/sweep-checks", 422, "A105", errors=[fault])
    words = ("sweep", "submit", "--locks", str(locks), "--indicator", "matmul", "-p", "size=512")
    ended = amun(*words, "--dry-run", "--server", stub.url)
    assert (ended.code, ended.out) == (2, "")
    assert "/common/indicator/parameters/size: unknown" in ended.err
    # without a service what our own reader knows of a request is checked all the same
    ended = amun(*words, "--dry-run", "--label", "=x")
    assert ended.code == 2
    assert "labels" in ended.err or "--label" in ended.err
    assert "no such parameter" in amun(*words, "--dry-run").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "what is to be measured?"),
        (("app",), "--select is missing"),
        (("app", "--select", "sample:x"), "a number up to 1000"),
        (("--campaign", "."), "no Pipfile"),
        (("--locks", "."), "no lock in"),
    ],
)
def test_what_cannot_be_meant(submit: Amun, words: tuple[str, ...], message: str) -> None:
    ended = submit(*words, "--indicator", "matmul")
    assert ended.code == 2
    assert message in ended.err


def test_without_an_indicator(submit: Amun, locks: Path) -> None:
    ended = submit("--locks", str(locks))
    assert ended.code == 2
    assert "--indicator is missing" in ended.err


def test_list(amun: Amun, stub: Any) -> None:
    pages = [{"sweeps": [sweep()], "next_cursor": "c"},
             {"sweeps": [sweep("succeeded")], "next_cursor": None}]  # fmt: skip
    stub.on("GET", LIST, *pages)
    ended = amun("sweep", "list", "--server", stub.url)
    assert [line.split("\t")[1] for line in ended.out.splitlines()[1:]] == [
        "measuring",
        "succeeded",
    ]
    stub.on("GET", LIST, {"sweeps": [], "next_cursor": None})
    assert "`amun sweep submit` makes one" in amun("sweep", "list", "--server", stub.url).err


def test_status(amun: Amun, stub: Any) -> None:
    stub.on("GET", PATH, sweep())
    ended = amun("sweep", "status", SWEEP, "--server", stub.url)
    assert "about 12 min 3 s" in ended.out
    stub.on("GET", PATH, sweep(), sweep(accepted=9), sweep("succeeded", 18))
    ended = amun("sweep", "status", SWEEP, "--watch", "--interval", "0.1", "--server", stub.url)
    assert "succeeded: 18/18 runs" in ended.err
    assert ended.code == 0


@pytest.mark.parametrize("wish", ["pause", "resume", "cancel"])
def test_wishes(amun: Amun, stub: Any, wish: str) -> None:
    answer = {"id": SWEEP, "state": "paused", "wish": "paused"}
    stub.on("POST", f"{PATH}/{wish}", answer, status=202)
    assert amun("sweep", wish, SWEEP, "--server", stub.url).out == f"{SWEEP} paused\n"
    assert amun("sweep", wish, SWEEP, "--json", "--server", stub.url).document == answer


def test_report(amun: Amun, stub: Any, tmp_path: Path) -> None:
    stub.on("GET", f"{PATH}/results", results())
    ended = amun("sweep", "report", SWEEP, "--server", stub.url)
    assert [line.split("\t")[0] for line in ended.out.splitlines()[1:]] == [
        "numpy 2.2.6",
        "numpy 2.1.3",
        "numpy 2.0.2",
    ]
    assert "note: 6 rounds of 2 stacks" in ended.err
    path = tmp_path / "runs.parquet"
    ended = amun(
        "sweep", "report", SWEEP, "--rows", "runs", "--output", str(path), "--server", stub.url
    )
    assert "wrote 4 rows" in ended.err
    assert path.stat().st_size > 0
    ended = amun("sweep", "report", SWEEP, "--format", "csv", "--server", stub.url)
    assert ended.out.startswith("stack,index,state,")
    assert amun("sweep", "report", SWEEP, "--json", "--server", stub.url).document == results()


def test_a_report_in_no_format_asks_nothing(amun: Amun, stub: Any) -> None:
    ended = amun("sweep", "report", SWEEP, "--output", "x.xls", "--server", stub.url)
    assert ended.code == 2
    assert stub.requests == []


def test_a_report_of_nothing(amun: Amun, stub: Any) -> None:
    stub.on("GET", f"{PATH}/results", results(runs=[], notes=[]))
    assert amun("sweep", "report", SWEEP, "--server", stub.url).code == 5
