from __future__ import annotations

from amun_client.sweep.text import list_table, result_table, sweep_rows
from tests.support.sweep_documents import member, results, sweep


def test_one_sweep() -> None:
    rows = dict(sweep_rows(sweep(waves=3, wave=1)))
    assert rows["stacks"] == "4: 1 known before, 3 built; wave 2 of 3"
    assert rows["runs"] == "7 of 18, in 6 rounds"
    assert rows["time left"] == "about 12 min 3 s"
    assert rows["chosen"] == "sample:3 of 14 valid stacks of numpy>=2.0,<2.3"
    assert "amun sweep pause" in rows["look next"]
    assert "amun sweep resume" in dict(sweep_rows(sweep("paused")))["look next"]
    assert "time left" not in dict(sweep_rows(sweep("succeeded")))
    assert dict(sweep_rows(sweep(seconds_left=None)))["time left"] == "not known yet"
    assert dict(sweep_rows(sweep(indicator=None, host=None)))["measures"] == "a script"


def test_the_list() -> None:
    header, rows, right = list_table([sweep(), sweep(indicator=None)])
    assert [row[2] for row in rows] == ["matmul", "script"]
    assert {header[place] for place in right} == {"stacks", "known", "runs", "of"}


def test_the_fastest_comes_first_and_what_failed_last() -> None:
    found = results()
    faster = member(3, "1.0")
    faster["contrast"]["ratio"] = 0.5
    found["members"].append(faster)
    header, rows, _ = result_table(found)
    assert [row[0] for row in rows] == ["numpy 1.0", "numpy 2.2.6", "numpy 2.1.3", "numpy 2.0.2"]
    assert header == ["stack", "state", "runs", "ms", "gflops", "ratio", "95 %", "verdict"]
    assert rows[1][-3:] == ["1", "-", "reference"]
    assert rows[2][-3:] == ["1.500", "[1.400, 1.600]", "slower"]
    assert rows[3][1:] == ["failed", "0", "-", "-", "-", "-", "build_failed"]


def test_packages_that_the_names_do_not_tell_are_columns() -> None:
    found = results()
    for number, one in enumerate(found["members"]):
        one["name"] = f"#{number}"
    assert result_table(found)[0][:2] == ["stack", "numpy"]
    for number, one in enumerate(found["members"]):
        one["pins"] |= {f"p{package}": f"9.{number}" for package in range(5)}
    assert result_table(found)[0][1] == "state"


def test_nothing_measured_yet() -> None:
    found = results(members=[member(0, "2.0", median_s=None, median_rate_gflops=None)])
    assert result_table(found)[1][0][3] == "-"
