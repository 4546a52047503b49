"""A suite on a busy host: one robust figure for each case in every table, each row marked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amun_client.session import Session
from amun_client.suite import catalogue as suite_catalogue
from pis.suites import catalogue as suites
from tests.support.suite_service import SuiteService

Amun = Callable[..., Any]
NAME = "deepbench.gemm.inference.device"
SPARSE = "deepbench.sparse.inference.device"
HELD_UP = 10.0


def of_case(index: str, value: Any, otherwise: Any) -> Callable[[Any], Any]:
    return lambda one: value if one["labels"].get("amun.suite.case") == index else otherwise


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> SuiteService:
    """Beside case 12 something else used the host: a call of its first run took 10 s more."""
    one = SuiteService()
    one.disturbed_of = of_case("12", 2, 0)
    one.held_up_of = of_case("12", HELD_UP, 0.0)
    monkeypatch.setattr(Session, "client", property(lambda _: one))
    monkeypatch.setenv("AMUN_SERVER", "http://127.0.0.1:1")
    known = suites.suites()
    monkeypatch.setattr(suite_catalogue, "suites", lambda: known)
    return one


@pytest.fixture
def words(tmp_path: Path, busy: SuiteService) -> tuple[str, ...]:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==2.4.6\n")
    return ("suite", "run", NAME, "--framework", "numpy", "--lock", str(path))


def test_both_tables_have_the_figure_of_the_median(amun: Amun, words: tuple[str, ...]) -> None:
    found = amun(*words, "--json").document
    (phase,) = found["rows"][12]["phases"]
    assert phase["time_ms"] == pytest.approx(phase["record"]["median_s"] * 1e3)
    assert phase["mean_ms"] > 2 * phase["time_ms"]  # as the mean was drawn up
    assert phase["tflops"] == pytest.approx(phase["flop"] / phase["record"]["median_s"] / 1e12)
    assert found["rows"][12]["total_ms"] == phase["time_ms"]
    assert found["summary"]["tflops"] == pytest.approx(0.1)  # one disturbance is not all of it


@pytest.mark.parametrize("again", [False, True])
def test_a_disturbed_row_says_so_and_a_warning_stands_below(
    amun: Amun, words: tuple[str, ...], *, again: bool
) -> None:
    ended = amun(*words)
    if again:  # what is shown later says the same
        ended = amun("suite", "results", NAME)
    rows = list(csv.DictReader(io.StringIO(ended.out), delimiter="\t"))
    assert rows[12]["remarks"].startswith("disturbed: 2 of 6 runs; mean ")
    assert not any("disturbed" in row["remarks"] for row in rows[:12])
    assert "warning: 1 case was measured while something else used the host" in ended.err


def test_every_format_says_it(amun: Amun, words: tuple[str, ...]) -> None:
    amun(*words)
    shown = amun("suite", "results", NAME, "--format", "markdown").out
    assert "**Disturbed:** 1 case was measured while something else used the host" in shown
    assert "disturbed: 2 of 6 runs" in shown
    rows = list(csv.DictReader(io.StringIO(amun("suite", "results", NAME, "--format", "csv").out)))
    assert [row["disturbed_runs"] for row in rows] == ["0"] * 12 + ["2"]
    document = amun("suite", "results", NAME, "--json").document
    assert document["summary"]["disturbed"] == 1
    assert document["rows"][12]["phases"][0]["disturbed_runs"] == 2


def test_the_line_of_a_case_says_it_at_once(amun: Amun, words: tuple[str, ...]) -> None:
    lines = [line for line in amun(*words).err.splitlines() if "case 13/13" in line]
    assert "(disturbed)" in lines[-1]


def test_a_quiet_host_is_not_warned_about(
    amun: Amun, words: tuple[str, ...], busy: SuiteService
) -> None:
    busy.disturbed_of = lambda _: 0
    busy.held_up_of = lambda _: 0.0
    ended = amun(*words)
    assert "warning" not in ended.err
    assert "disturbed" not in ended.out


def test_a_speedup_is_one_of_medians(
    amun: Amun, words: tuple[str, ...], busy: SuiteService
) -> None:
    busy.held_up_of = lambda one: HELD_UP if one["labels"].get("amun.suite.phase") == "dense" else 0
    lock = words[-1]
    ended = amun(
        *("suite", "run", SPARSE, "--framework", "scipy", "--lock", lock, "--filter", "index=0"),
        "--json",
    )
    (row,) = ended.document["rows"]
    dense, sparse = (
        next(one for one in row["phases"] if one["name"] == name) for name in ("dense", "sparse")
    )
    assert row["speedup"] == pytest.approx(dense["time_ms"] / sparse["time_ms"])
