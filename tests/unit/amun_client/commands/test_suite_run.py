"""`amun suite run` and `amun suite results` from the outside, against a service in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_client.commands import suite_run
from amun_client.session import Session
from amun_client.suite import catalogue as suite_catalogue
from amun_client.suite.stack import Stack
from pis.suites import catalogue as suites
from tests.support.suite_service import SuiteService

Amun = Callable[..., Any]
NAME = "deepbench.gemm.inference.device"
SPARSE = "deepbench.sparse.inference.device"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> SuiteService:
    one = SuiteService()
    monkeypatch.setattr(Session, "client", property(lambda _: one))
    monkeypatch.setenv("AMUN_SERVER", "http://127.0.0.1:1")
    known = suites.suites()
    monkeypatch.setattr(suite_catalogue, "suites", lambda: known)
    return one


@pytest.fixture
def lock(tmp_path: Path, service: SuiteService) -> str:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==2.4.6\n")
    return str(path)


def test_table_as_a_document(amun: Amun, lock: str, service: SuiteService) -> None:
    ended = amun("suite", "run", NAME, "--framework", "numpy", "--lock", lock, "--json")
    assert ended.code == 0, ended.err
    found = ended.document
    assert found["schema"] == "amun.suite-results/1"
    assert (found["framework"], found["dtype"], found["budget_s"]) == ("numpy", "float32", 60.0)
    assert found["summary"]["cases"] == found["summary"]["measured"] == 13
    first = found["rows"][0]
    (phase,) = first["phases"]
    assert phase["time_ms"] == pytest.approx(2 * 5124 * 700 * 2048 / 1e11 * 1e3)
    assert phase["tflops"] == pytest.approx(0.1)
    assert (phase["warmups"], phase["repeats"], phase["repeats_of_rule"]) == (1, 10, 10)
    assert phase["record"]["runs"] == 6
    assert found["summary"]["tflops"] == pytest.approx(0.1)
    assert found["summary"]["flop"] == 28882870272
    assert "case 13/13  4224x1x128-NN" in ended.err


def test_text_is_the_published_table(amun: Amun, lock: str, service: SuiteService) -> None:
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock)
    ended = amun(*words, "--filter", "index<=1", "--budget", "4", "--no-header")
    rows = [line.split("\t") for line in ended.out.splitlines()]
    assert rows[0][:9] == ["0", "5124", "700", "2048", "false", "false", "146.9", "0.1000", "100.0"]
    assert rows[1][-1] == "-"
    assert "2 cases: 2 measured" in ended.err
    assert "GFLOPS" in ended.err


def test_skip_is_a_row_with_its_figure(amun: Amun, lock: str, service: SuiteService) -> None:
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock, "--memory", "40Mi")
    ended = amun(*words, "--json")
    rows = ended.document["rows"]
    assert rows[0]["state"] == "skipped"
    assert rows[0]["why"] == "needs 59.2 MiB of 40.0 MiB of memory"
    assert rows[0]["phases"][0]["time_ms"] is None
    assert rows[0]["phases"][0]["tflops"] is None
    assert ended.document["summary"]["skipped"] == 1
    assert "5124x700x2048" not in str(service.submitted)
    text = amun(*words, "--filter", "index=0", "--no-header")
    assert text.out.rstrip("\n").split("\t")[6:] == [
        "-", "-", "-", "skipped: needs 59.2 MiB of 40.0 MiB of memory",
    ]  # fmt: skip
    assert text.code == 5


def test_fewer_repeats_are_marked(amun: Amun, lock: str, service: SuiteService) -> None:
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock, "--filter", "index=0")
    ended = amun(*words, "--budget", "2.6", "--json")
    (phase,) = ended.document["rows"][0]["phases"]
    assert phase["repeats_reduced"] is True
    assert 3 <= phase["repeats"] < 10
    assert ended.document["summary"]["repeats_reduced"] == 1
    text = amun(*words, "--budget", "2.6")
    assert f"repeats_reduced: {phase['repeats']}/10" in text.out


def test_dry_run_starts_nothing(amun: Amun, lock: str, service: SuiteService) -> None:
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock)
    ended = amun(*words, "--dry-run")
    assert (ended.code, service.submitted) == (0, [])
    assert "would measure 13 of 13 cases, how long is not known" in ended.err
    amun(*words, "--filter", "index<=2")
    plan = amun(*words, "--dry-run", "--memory", "40Mi", "--json").document
    assert plan["schema"] == "amun.suite-plan/1"
    assert [one["action"] for one in plan["rows"]].count("stored") == 3
    assert plan["rows"][5]["predicted_s"] > 0
    assert amun(*words, "--dry-run", "--format", "csv").code == 2


def test_results_need_no_measuring(amun: Amun, lock: str, service: SuiteService) -> None:
    assert amun("suite", "results", NAME).code == 5
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock, "--memory", "40Mi")
    first = amun(*words, "--filter", "index<=3", "--json").document
    count = len(service.submitted)
    ended = amun("suite", "results", NAME, "--json")
    assert len(service.submitted) == count
    assert ended.document["run"] == first["run"]
    states = [one["state"] for one in ended.document["rows"]]
    assert states == ["skipped", *["measured"] * 3, *["not_measured"] * 9]
    assert ended.document["rows"][1] == first["rows"][1]
    assert ended.document["rows"][0]["why"] == "needs 59.2 MiB of 40.0 MiB of memory"
    assert amun("suite", "results", NAME, "--framework", "torch").code == 5


def test_several_frameworks_are_several_tables(
    amun: Amun, lock: str, service: SuiteService
) -> None:
    for framework in ("numpy", "torch"):
        words = ("suite", "run", NAME, "--framework", framework, "--lock", lock)
        assert amun(*words, "--filter", "index=1").code == 0
    found = amun("suite", "results", NAME, "--json", "--filter", "index=1").document
    assert [one["framework"] for one in found["results"]] == ["numpy", "torch"]


def test_sparse_has_speedup_and_the_number_of_the_sheets(
    amun: Amun, lock: str, service: SuiteService
) -> None:
    words = ("suite", "run", SPARSE, "--framework", "scipy", "--lock", lock, "--filter", "index=0")
    (row,) = amun(*words, "--json").document["rows"]
    sparse, dense = row["phases"]
    assert (sparse["indicator"], dense["indicator"]) == ("sparse_gemm", "gemm")
    assert row["speedup"] == pytest.approx(dense["time_ms"] / sparse["time_ms"])
    m, n, k, s = (row["parameters"][key] for key in ("m", "n", "k", "sparsity"))
    assert row["sheet_tflops"] == pytest.approx(
        2 * m * n * k * s / (sparse["time_ms"] / 1e3) / 1e12
    )
    assert sparse["flop"] == 2 * round(m * k * (1 - s)) * n


def test_allreduce_has_bytes_a_second(amun: Amun, lock: str, service: SuiteService) -> None:
    service.seconds_of = lambda _: 1e-3
    words = ("suite", "run", "deepbench.allreduce.training", "--framework", "torch")
    ended = amun(*words, "--lock", lock, "--filter", "index=0", "--processes", "4", "--json")
    (phase,) = ended.document["rows"][0]["phases"]
    assert phase["gb_per_s"] == pytest.approx(100000 * 4 * 4 / 1e-3 / 1e9, rel=1e-3)
    assert phase["tflops"] is None
    assert ended.document["summary"]["tflops"] is None


def test_csv_and_markdown(amun: Amun, lock: str, service: SuiteService) -> None:
    words = ("suite", "run", "deepbench.conv.training", "--framework", "torch", "--lock", lock)
    words = (*words, "--filter", "index=0", "--budget", "900", "--format")
    rows = list(csv.DictReader(io.StringIO(amun(*words, "csv").out)))
    assert [row["phase"] for row in rows] == ["forward", "backward_data", "backward_weights"]
    assert (rows[1]["time_ms"], rows[1]["state"]) == ("", "absent")
    assert float(rows[0]["time_ms"]) > 0
    text = amun(*words, "markdown").out
    assert text.startswith("# deepbench.conv.training on torch\n")
    assert "| forward_time_ms | forward_tflops |" in text.replace("---: ", "")
    assert "| N/A | N/A |" in text
    assert "## Our record" in text


def test_failure_is_shown_and_ends_with_one(amun: Amun, lock: str, service: SuiteService) -> None:
    service.state_of = lambda one: "succeeded" if one["runs"] == 1 else "failed"
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock)
    ended = amun(*words, "--filter", "index=1", "--json")
    assert ended.code == 1
    assert ended.document["rows"][0]["why"] == "run_crashed: it fell"
    assert ended.document["summary"]["failed"] == 1


def test_newest_package_is_resolved_where_no_stack_is_named(
    amun: Amun, service: SuiteService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def resolved(requirements: Any, environ: Any, *, base: Any = None) -> Stack:
        asked.append(tuple(requirements))
        return Stack({"format": "requirements.txt", "content": "numpy==2.4.6\n"}, "digest")

    monkeypatch.setattr(suite_run.suite_stack, "resolved", resolved)
    words = ("suite", "run", NAME, "--dry-run", "--framework")
    amun(*words, "numpy")
    amun(*words, "tensorflow")
    amun(*words, "numpy", "--requirement", "numpy==2.3.*")
    assert asked == [("numpy",), ("tensorflow-cpu",), ("numpy==2.3.*",)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["deepbench.gem.training", "--framework", "numpy"], "Did you mean"),
        ([NAME, "--framework", "nunpy"], "Did you mean 'numpy'?"),
        ([NAME, "--framework", "numpy", "--dtype", "int4"], "has no 'int4'"),
        ([NAME, "--framework", "numpy", "--memory", "lots"], "--memory"),
        ([NAME, "--framework", "numpy", "--filter", "o=1"], "no key 'o'"),
        ([NAME], "Missing option '--framework'"),
    ],
)
def test_what_cannot_be_meant(
    amun: Amun, service: SuiteService, words: list[str], message: str
) -> None:
    ended = amun("suite", "run", *words)
    assert (ended.code, ended.out, service.submitted) == (2, "", [])
    assert message in ended.err


def test_lock_or_requirement_not_both(amun: Amun, lock: str) -> None:
    words = ("suite", "run", NAME, "--framework", "numpy", "--lock", lock)
    ended = amun(*words, "--requirement", "numpy")
    assert ended.code == 2
    assert "one of them at a time" in ended.err
