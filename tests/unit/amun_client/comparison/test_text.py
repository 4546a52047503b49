from __future__ import annotations

import math
from types import ModuleType

from amun_client.comparison.gate import Outcome
from amun_client.comparison.text import (
    block_table,
    comparison_rows,
    host_text,
    list_table,
    spent_seconds,
)


def test_rows_say_what_the_verdict_rests_on(shapes: ModuleType) -> None:
    one = shapes.comparison(disturbed_blocks=2, notes=["measured on one CPU"])
    rows = dict(comparison_rows(one, [("slower:3%", Outcome.OPEN)], {"numpy": "what is compared"}))
    assert rows["A"] == "numpy 1.26.4, inspection-a-1234abcd, median 12.50 ms, 21.40 GFLOPS"
    assert rows["B / A"] == "1.032 [1.021, 1.043]"
    assert rows["band"] == "differences up to 2 % do not matter"
    assert rows["blocks"] == "24 of at most 120, 2 of them disturbed (marked, not left out)"
    assert rows["ended"] == "the interval decided it"
    assert rows["gate"] == "slower:3%: open"
    assert rows["differing pins"] == "numpy 1.26.4 -> 2.4.6  (what is compared)"
    assert rows["shared pins"] == "3"
    assert rows["note"] == "measured on one CPU"
    assert rows["look next"].splitlines() == [
        "amun comparison blocks comparison-1234abcd",
        "amun comparison show comparison-1234abcd --json",
    ]


def test_one_sided_pins_and_long_lists_are_cut(shapes: ModuleType) -> None:
    pins = [{"name": f"p{n:02}", "a": "1", "b": "2"} for n in range(15)]
    pins += [{"name": "jax", "a": "1", "b": None}, {"name": "rich", "a": None, "b": "2"}]
    rows = dict(comparison_rows(shapes.comparison(differing_packages=pins)))
    lines = rows["differing pins"].splitlines()
    assert len(lines) == 12 + 3
    assert lines[-3:] == ["and 3 more (--json has all)", "only in A: jax 1", "only in B: rich 2"]


def test_a_failed_arm_shows_its_failure_and_its_log(shapes: ModuleType) -> None:
    failed = shapes.arm("b", "2.4.6", failure=shapes.FAILURE)
    rows = dict(
        comparison_rows(
            shapes.comparison(None, state="failed", ratio=None, blocks=0, b=failed, host=None)
        )
    )
    assert rows["B cause"] == "run 0 took longer than 600 s"
    assert "amun inspection log inspection-b-1234abcd" in rows["look next"]
    assert rows["host"] == "none yet"
    assert "B / A" not in rows


def test_a_stored_comparison_says_how_it_was_widened(shapes: ModuleType) -> None:
    rows = dict(comparison_rows(shapes.comparison(design="stored", widened_by=1.5)))
    assert rows["blocks"] == "from stored runs, not interleaved, interval widened 1.50-fold"
    assert "amun comparison blocks" not in rows["look next"]


def test_the_host_says_what_it_can_detect(shapes: ModuleType) -> None:
    assert host_text({"id": "h", "name": "lab", "calibration": None}).startswith(
        "lab, not calibrated: `amun calibrate`"
    )
    host = {"id": "h", "name": "lab", "calibration": shapes.CALIBRATION}
    said = host_text(host, {"name": "matmul"})
    assert "false verdicts 0.4 % (at most 1.1 %), least detectable effect 1.034x" in said
    assert "measured with" not in said
    assert "measured with matmul on numpy" in host_text(host, {"name": "conv2d"})


def test_a_calibration_has_its_figures(shapes: ModuleType) -> None:
    one = shapes.comparison(
        None, kind="calibration", ratio=None, calibration_result=shapes.CALIBRATION
    )
    rows = dict(comparison_rows(one))
    assert rows["replayed"] == "2000 comparisons from 40 blocks"
    assert rows["false verdicts"] == "0.4 %, at most 1.1 % (95 %)"
    assert rows["equivalent"] == "81 %"
    assert rows["least effect"] == "1.034x would be detected"


def test_lists(shapes: ModuleType) -> None:
    _, rows = list_table(
        [
            shapes.comparison(),
            shapes.comparison(None, state="measuring", ratio=None),
            shapes.comparison(None, kind="calibration", ratio=None),
        ]
    )
    assert [row[4] for row in rows] == ["slower (quiet)", "-", "calibration"]
    assert [row[5] for row in rows] == ["1.032", "-", "-"]


def test_blocks_are_shown_in_milliseconds_with_their_change() -> None:
    block = {
        "index": 0,
        "order": "ABBA",
        "a_s": [0.01, 0.0102],
        "b_s": [0.0105, 0.0104],
        "log_ratio": math.log(1.034),
        "disturbed": [
            "run 2 of b: work waited for a CPU in 45.0% of the time",
            "run 3 of a: the hypervisor took 2.0% of the CPU time",
        ],
    }
    _, rows = block_table([block])
    assert rows == [["0", "ABBA", "10.00 10.20", "10.50 10.40", "+3.4 %", "steal 2 %, cpu 45 %"]]
    _, rows = block_table([block], detail=True)
    assert rows[0][-1] == ", ".join(block["disturbed"])


def test_the_time_of_measuring(shapes: ModuleType) -> None:
    assert spent_seconds(shapes.comparison()) == 120
    assert spent_seconds(shapes.comparison(started_at=None)) == 0
