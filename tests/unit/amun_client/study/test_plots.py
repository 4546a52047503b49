from __future__ import annotations

import json
from typing import Any

import pytest

from amun_client.study.plots import FEWEST_FOR_DENSITY, PLOTS
from amun_client.study.render import specification_of
from tests.support.studies import group, rates, report

VALUES = {"repetitions": (10, 100, 1000), "sizes": (64, 512, 4096)}


def made(study: str, n: int = 20) -> dict[str, Any]:
    groups = [group(value, rates(10.0 * value, 0.02, n)) for value in VALUES[study]]
    return report(study, groups)


def rows_of(specification: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in specification.get("datasets", {}).values() for row in rows] or list(
        specification["data"]["values"]
        if "data" in specification
        else specification["layer"][0]["data"]["values"]
    )


@pytest.mark.parametrize("study", sorted(VALUES))
@pytest.mark.parametrize("name", sorted(PLOTS))
@pytest.mark.parametrize("n", [1, 2, 6, 20])
def test_every_plot_is_valid_and_says_what_its_reader_needs(study: str, name: str, n: int) -> None:
    told = made(study, n)
    # to_dict checks against the published schema of Vega-Lite
    specification = specification_of(name, told)
    caption = " ".join(specification["title"]["subtitle"])
    for words in (f"n = {n} inspections", "bench-1", "numpy 2.4.6", told["id"], "matmul on numpy"):
        assert words in caption
    assert told["finding"] in specification["description"]
    text = json.dumps(specification)
    assert "(%)" in text or "(GFLOPS)" in text
    assert f"({told['varies']})" in text


@pytest.mark.parametrize("name", ["box", "violin"])
def test_every_inspection_is_a_point_at_its_deviation_from_the_median(name: str) -> None:
    told = made("sizes", 5)
    rows = rows_of(specification_of(name, told))
    assert len(rows) == 15
    for one in told["groups"]:
        deviations = sorted(row["deviation"] for row in rows if row["value"] == one["value"])
        assert deviations[2] == pytest.approx(0, abs=1e-9)
        lowest = one["rate_gflops"]["minimum"] / one["rate_gflops"]["median"]
        assert deviations[0] == pytest.approx(100 * (lowest - 1))


def test_a_density_needs_enough_values() -> None:
    few = rows_of(specification_of("violin", made("sizes", FEWEST_FOR_DENSITY - 1)))
    enough = rows_of(specification_of("violin", made("sizes", FEWEST_FOR_DENSITY)))
    assert {row["smooth"] for row in few} == {None}
    assert None not in {row["smooth"] for row in enough}


def test_the_spread_curve_has_both_statistics_and_a_band_where_there_is_an_interval() -> None:
    rows = rows_of(specification_of("curve", made("repetitions")))
    assert {row["statistic"] for row in rows} == {"covm = IQR / median", "cov = std / mean"}
    assert all((row["low"] is not None) == row["statistic"].startswith("covm") for row in rows)
    few = specification_of("curve", made("repetitions", 5))
    assert {row["low"] for row in rows_of(few)} == {None}
    assert "No interval" in " ".join(few["title"]["subtitle"])


def test_the_rate_curve_has_a_logarithmic_axis_and_the_interval() -> None:
    specification = specification_of("curve", made("sizes"))
    assert '"type": "log"' in json.dumps(specification)
    for row in rows_of(specification):
        assert row["low"] <= row["median"] <= row["high"]
        assert row["q1"] <= row["median"] <= row["q3"]
