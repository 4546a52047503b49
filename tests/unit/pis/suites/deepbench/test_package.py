"""The lists: against what was published, against the fact of how many and how much they are."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pis.suites import deepbench
from pis.suites.deepbench import work

SUITES = {suite.name: suite.document() for suite in deepbench.SUITES}
PURPOSES = {
    "training_set": "training",
    "inference_server_set": "inference.server",
    "inference_device_set": "inference.device",
    "all_reduce": "training",
}
OUR_WORDS = {"transA": "transpose_a", "transB": "transpose_b", "type": "cell"}


@pytest.fixture(scope="module")
def lists(project_root: Path) -> Path:
    """The published lists; they live beside the checkout, not in it."""
    folder = project_root.parent / "shared" / "data" / "deepbench"
    if not folder.is_dir():
        pytest.skip("DeepBench's lists (../shared/data/deepbench) are not beside this clone")
    return folder


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = SUITES[f"deepbench.{name}"]["cases"]
    return found


def in_our_words(row: dict[str, Any]) -> dict[str, Any]:
    # input_size repeats hidden, repeats and the slips stand beside the parameters
    left = {"source_typo", "m_in_spreadsheet", "input_size", "repeats"}
    return {OUR_WORDS.get(key, key): value for key, value in row.items() if key not in left}


@pytest.mark.parametrize("kernel", ["gemm", "conv", "rnn", "sparse", "allreduce"])
def test_lists_are_the_published_ones(lists: Path, kernel: str) -> None:
    document = json.loads((lists / f"{kernel}.json").read_text())
    seen = set()
    for name, rows in document["lists"].items():
        suite = SUITES[f"deepbench.{kernel}.{PURPOSES[name]}"]
        seen.add(suite["name"])
        assert len(rows) == document["counts"][name]
        assert [case["parameters"] for case in suite["cases"]] == [in_our_words(r) for r in rows]
        assert suite["source"]["path"] == document["source"]["path"]
        assert suite["source"]["commit"] == document["source"]["commit"]
        assert suite["source"]["repository"] == document["source"]["repo"]
        for row, case in zip(rows, suite["cases"], strict=True):
            slip = {key: row[key] for key in ("source_typo", "m_in_spreadsheet") if key in row}
            if kernel == "sparse":
                assert case["notes"] == slip
            if kernel == "allreduce":
                assert case["repeats"] == row["repeats"]
            if kernel == "rnn":
                assert row["input_size"] == case["parameters"]["hidden"]
    assert seen == {name for name in SUITES if name.startswith(f"deepbench.{kernel}.")}


@pytest.mark.parametrize(
    ("name", "count", "distinct"),
    [
        ("gemm.training", 160, 160),
        ("gemm.inference.server", 75, 75),
        ("gemm.inference.device", 13, 13),
        ("conv.training", 94, 90),
        ("conv.inference.server", 107, 103),
        ("conv.inference.device", 16, 15),
        ("rnn.training", 53, 53),
        ("rnn.inference.server", 69, 69),
        ("rnn.inference.device", 3, 3),
        ("sparse.inference.server", 24, 24),
        ("sparse.inference.device", 8, 8),
        ("allreduce.training", 7, 7),
    ],
)
def test_counts(name: str, count: int, distinct: int) -> None:
    assert len(cases(name)) == count
    assert sum(case["same_as"] is None for case in cases(name)) == distinct


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("gemm.training", 26706398187136),
        ("gemm.inference.server", 1797432942592),
        ("gemm.inference.device", 28882870272),
        ("conv.training", 562504360960),
        ("conv.inference.server", 86883119872),
        ("conv.inference.device", 1823997952),
    ],
)
def test_checksums(name: str, total: int) -> None:
    assert sum(case["flop"] for case in cases(name)) == total
    assert SUITES[f"deepbench.{name}"]["figures"]["flop_total"] == total


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("rnn.training", 13727506563072),
        ("rnn.inference.server", 2565495324672),
        ("rnn.inference.device", 80805888),
    ],
)
def test_checksums_of_recurrent_products(name: str, total: int) -> None:
    found = 0
    for case in cases(name):
        shape = case["parameters"]
        additions = shape["timesteps"] * shape["batch"] * shape["hidden"]
        counted = name != "rnn.training" or shape["cell"] == "vanilla"
        found += case["flop"] - (additions if counted else 0)
    assert found == total


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("gemm.training", 84),
        ("gemm.inference.server", 47),
        ("gemm.inference.device", 12),
        ("conv.training", 78),
        ("conv.inference.server", 107),
        ("conv.inference.device", 16),
        ("rnn.training", 14),
        ("rnn.inference.server", 27),
        ("rnn.inference.device", 3),
    ],
)
def test_cases_for_a_cpu(name: str, small: int) -> None:
    assert sum(case["flop"] <= 1e10 for case in cases(name)) == small


def test_largest() -> None:
    assert SUITES["deepbench.gemm.training"]["figures"]["flop_largest"] == 2283798528000
    assert SUITES["deepbench.conv.training"]["figures"]["flop_largest"] == 44472729600


def test_transposes() -> None:
    flags = Counter(
        (case["parameters"]["transpose_a"], case["parameters"]["transpose_b"])
        for case in cases("gemm.training")
    )
    assert flags == {(False, False): 77, (True, False): 73, (False, True): 10}
    for name in ("gemm.inference.server", "gemm.inference.device"):
        assert not any(case["parameters"]["transpose_a"] for case in cases(name))
        assert not any(case["parameters"]["transpose_b"] for case in cases(name))


def test_cells() -> None:
    found = Counter(case["parameters"]["cell"] for case in cases("rnn.training"))
    assert found == {"vanilla": 12, "lstm": 22, "gru": 19}


def test_phases_of_convolutions() -> None:
    without = []
    for case in cases("conv.training"):
        assert [phase["name"] for phase in case["phases"]] == [
            "forward", "backward_data", "backward_weights",
        ]  # fmt: skip
        forward, data, weights = case["phases"]
        assert forward["flop"] == weights["flop"] == case["flop"]
        assert data["flop"] == (case["flop"] if data["applicable"] else None)
        if not data["applicable"]:
            assert "c is 1 or 3" in data["absent_because"]
            without.append(case["parameters"]["c"])
    assert len(without) == 10
    assert set(without) == {1, 3}
    for name in ("conv.inference.server", "conv.inference.device"):
        assert {len(case["phases"]) for case in cases(name)} == {1}


def test_phases_of_recurrent_layers() -> None:
    assert {len(case["phases"]) for case in cases("rnn.training")} == {3}
    assert {len(case["phases"]) for case in cases("rnn.inference.server")} == {1}
    # training sheets have no term for the additions of an LSTM, inference sheets have
    lstm = cases("rnn.inference.device")[2]
    assert lstm["parameters"] == {"hidden": 256, "batch": 1, "timesteps": 150, "cell": "lstm"}
    assert lstm["flop"] == 8 * 150 * 256**2 + 150 * 256


def test_sparse_cases_show_both_numbers_apart() -> None:
    case = cases("sparse.inference.server")[0]
    assert case["flop"] == 2 * 983040
    assert case["sheet_flop"] == work.sparse_sheet(7680, 1, 2560, 0.95)
    sparse, dense = case["phases"]
    assert (sparse["name"], sparse["flop"]) == ("sparse", 2 * 983040)
    assert (dense["name"], dense["flop"]) == ("dense", 2 * 7680 * 2560)


def test_slips_of_the_source_are_flagged() -> None:
    flagged = [case for case in cases("sparse.inference.server") if case["notes"]]
    assert [case["parameters"]["n"] for case in flagged] == [2, 4, 3000, 6000] * 2
    assert {case["parameters"]["m"] for case in flagged} == {7860}
    assert {case["notes"]["m_in_spreadsheet"] for case in flagged} == {7680}
    assert cases("allreduce.training")[4]["notes"] == {"num_floats_in_spreadsheet": 16777216}


def test_allreduce_moves_bytes() -> None:
    case = cases("allreduce.training")[0]
    assert (case["flop"], case["bytes"], case["warmups"]) == (None, 400000, 0)
    assert [case["repeats"] for case in cases("allreduce.training")] == [10000] * 4 + [1000] * 3
