from __future__ import annotations

from amun_client.sweep.text import (
    effect_notes,
    effect_table,
    list_table,
    result_table,
    sorted_text,
    sweep_rows,
)
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
    assert header == ["stack", "rank", "state", "runs", "ms", "gflops", "ratio", "95 %", "verdict"]
    assert rows[1][-3:] == ["1", "-", "reference"]
    assert rows[2][-3:] == ["1.500", "[1.400, 1.600]", "slower"]
    assert [row[1] for row in rows] == ["1", "2", "3", "-"]
    why = "build_failed: gcc ended with 1, and so on"
    assert rows[3][1:] == ["-", "failed", "0", "-", "-", "-", "-", why]


def test_packages_that_the_names_do_not_tell_are_columns() -> None:
    found = results()
    for number, one in enumerate(found["members"]):
        one["name"] = f"#{number}"
    assert result_table(found)[0][:2] == ["stack", "numpy"]
    for number, one in enumerate(found["members"]):
        one["pins"] |= {f"p{package}": f"9.{number}" for package in range(5)}
    assert result_table(found)[0][1] == "rank"


def test_nothing_measured_yet() -> None:
    found = results(members=[member(0, "2.0", median_s=None, median_rate_gflops=None)])
    assert result_table(found)[1][0][4] == "-"


def test_a_reference_that_was_never_run_did_not_succeed() -> None:
    idle = member(0, "2.0", median_s=None, median_rate_gflops=None,
                  runs={"requested": 6, "accepted": 0})  # fmt: skip
    (row,) = result_table(results(members=[idle]))[1]
    assert row[1:3] == ["-", "not run"]


def test_by_what_it_is_sorted_is_said() -> None:
    assert "reference (numpy 2.2.6), within rounds" in sorted_text(results())


def version(package: str, own: str | None, reference: str | None) -> dict[str, str | None]:
    return {"package": package, "version": own, "reference": reference}


def test_what_each_version_costs() -> None:
    effects = {
        "stacks": 4,
        "rounds": 6,
        "versions": [
            {"versions": [version("numpy", "2.3.0", "2.4.0")], "stacks": 2,
             "ratio": 1.1, "low": 1.05, "high": 1.15},
            {"versions": [version("six", "1.16", "1.17"), version("tzdata", None, "1")],
             "stacks": 1, "ratio": 0.99, "low": None, "high": None},
        ],
        "inseparable": [version("pandas", "3.0", "3.1")],
        "as_noise": ["wheel"],
    }  # fmt: skip
    found = results(effects=effects)
    header, rows, _ = effect_table(found)
    assert header == ["package", "version", "against", "stacks", "ratio", "95 %"]
    assert rows == [
        ["numpy", "2.3.0", "2.4.0", "2", "1.100", "[1.050, 1.150]"],
        ["six + tzdata", "1.16 + none", "1.17 + 1", "1", "0.990", "-"],
    ]
    notes = " ".join(effect_notes(found))
    assert "only ever vary together" in notes
    assert "pandas 3.0" in notes
    assert "wheel differ too" in notes
    # a service of before has none
    assert effect_table(results())[1] == effect_notes(results()) == []


def test_stacks_measured_beside_other_work_are_marked() -> None:
    found = results()
    found["members"][1]["disturbed_runs"] = 2
    header, rows, _ = result_table(found)
    assert header[-1] == "disturbed"
    marked = {row[0]: row[-1] for row in rows}
    accepted = found["members"][1]["runs"]["accepted"]
    assert marked.pop(found["members"][1]["name"]) == f"2 of {accepted} runs"
    assert set(marked.values()) == {"-"}
