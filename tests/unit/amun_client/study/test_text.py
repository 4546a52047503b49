from __future__ import annotations

import csv
import io
import json

import pytest

from amun_client.study.catalogue import SIZES, STUDIES
from amun_client.study.plan import Plan
from amun_client.study.text import ReportFormat, plan_rows, report_text, statistic_table, study_rows
from tests.support.studies import group, rates, report

MANY, FEW = group(64, rates(100, 0.02, 20)), group(128, [10.0])
REPORT = report("sizes", [MANY, FEW])


def test_the_table_has_the_published_columns_and_our_intervals_beside_them() -> None:
    header, (many, few) = statistic_table(REPORT)
    assert header == [
        "matrix_size", "n", "median", "95 % interval", "mean", "std", "std err", "q1", "q3", "IQR",
        "cov %", "covm %", "95 % interval", "skew",
    ]  # fmt: skip
    assert many[:2] == ["64", "20"]
    assert many[3].startswith("[")
    assert many[12].startswith("[")
    assert float(many[11]) == pytest.approx(100 * MANY["rate_gflops"]["covm"], rel=0.01)
    assert few == [
        "128",
        "1",
        "10.00",
        "-",
        "10.00",
        "-",
        "-",
        "10.00",
        "10.00",
        "0",
        "-",
        "-",
        "-",
        "-",
    ]


def test_the_text_tells_question_host_stack_finding_and_notes() -> None:
    text = report_text(REPORT, ReportFormat.TEXT)
    for words in (
        "How does the rate depend",
        "bench-1",
        "numpy 2.4.6",
        "GFLOPS",
        "finding",
        "note",
    ):
        assert words in text
    assert "|" not in text


def test_the_json_form_is_the_report() -> None:
    assert json.loads(report_text(REPORT, ReportFormat.JSON)) == REPORT


def test_the_csv_form_has_full_digits_of_both_measures() -> None:
    rows = list(csv.DictReader(io.StringIO(report_text(REPORT, ReportFormat.CSV))))
    assert [(row["matrix_size"], row["measure"]) for row in rows] == [
        ("64", "rate_gflops"), ("64", "elapsed_s"), ("128", "rate_gflops"), ("128", "elapsed_s"),
    ]  # fmt: skip
    many = MANY["rate_gflops"]
    assert float(rows[0]["median"]) == many["median"]
    assert [float(rows[0]["covm_low"]), float(rows[0]["covm_high"])] == many["covm_interval"]
    assert rows[2]["std"] == rows[2]["median_low"] == rows[2]["skew"] == ""


def test_the_markdown_form_is_one_well_formed_table() -> None:
    lines = [
        line for line in report_text(REPORT, ReportFormat.MARKDOWN).splitlines() if line[:1] == "|"
    ]
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1


def test_a_report_of_nothing_has_no_table() -> None:
    text = report_text(report("sizes", []), ReportFormat.TEXT)
    assert "nothing measured yet" in text
    assert "covm" not in text


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_a_study_tells_its_source_and_the_original(name: str) -> None:
    told = dict(study_rows(STUDIES[name]))
    assert "Thoth" in told["source"]
    assert "TensorFlow" in told["the original"]
    assert str(STUDIES[name].original.inspections) in told["the original"]


def test_a_plan_tells_its_work() -> None:
    plan = Plan(SIZES, "numpy", (512,), 3, 2, {**SIZES.parameters, "reps": 100})
    told = dict(plan_rows(plan, 1, "4.0 s"))
    # 2 x 512^3 operations x 100 repetitions x 3 rounds x 2 runs
    assert told["work"].startswith("0.161 TFLOP")
    assert told["measured"].startswith("1 of them")
    assert told["remaining"] == "4.0 s"
