"""`amun suite` from the outside, without a service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from amun_client.errors import ClientError
from amun_client.suite import catalogue as suite_catalogue

Amun = Callable[..., Any]


@pytest.fixture(scope="module")
def printed() -> list[dict[str, Any]]:
    return suite_catalogue.suites()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, printed: list[dict[str, Any]]) -> None:
    monkeypatch.setattr(suite_catalogue, "suites", lambda: printed)


def test_list_is_one_line_for_each(amun: Amun) -> None:
    ended = amun("suite", "list", "--no-header")
    assert ended.code == 0
    lines = [line.split("\t") for line in ended.out.splitlines()]
    assert len(lines) == 12
    assert lines[0] == [
        "deepbench.gemm.training", "160", "26710", "2284",
        "DeepBench: dense matrix products, training",
    ]  # fmt: skip


def test_list_as_a_document(amun: Amun, known: None) -> None:
    document = amun("suite", "list", "--json").document
    assert document["schema"] == "amun.suites/1"
    counts = {one["name"]: one["figures"]["cases"] for one in document["suites"]}
    assert counts["deepbench.conv.inference.server"] == 107
    assert all("cases" not in one for one in document["suites"])


def test_show_as_a_document(amun: Amun, known: None) -> None:
    ended = amun("suite", "show", "deepbench.gemm.training", "--json")
    assert ended.code == 0
    assert ended.document["schema"] == "amun.suite/1"
    assert ended.document["filters"] == []
    assert len(ended.document["cases"]) == 160
    assert ended.document["cases"][0]["parameters"] == {
        "m": 1760, "n": 16, "k": 1760, "transpose_a": False, "transpose_b": False,
    }  # fmt: skip


def test_show_keeps_the_index_of_filtered_cases(amun: Amun, known: None) -> None:
    words = ("suite", "show", "deepbench.rnn.training", "--filter", "cell=lstm")
    ended = amun(*words, "--filter", "batch=16", "--json")
    assert ended.document["filters"] == ["cell=lstm", "batch=16"]
    full = amun("suite", "show", "deepbench.rnn.training", "--json").document["cases"]
    for case in ended.document["cases"]:
        assert full[case["index"]] == case
        assert (case["parameters"]["cell"], case["parameters"]["batch"]) == ("lstm", 16)
    assert ended.document["figures"]["cases"] == 53


def test_show_to_a_pipe_is_cases_alone(amun: Amun, known: None) -> None:
    ended = amun("suite", "show", "deepbench.conv.training", "--filter", "c=1,3", "--no-header")
    lines = ended.out.splitlines()
    assert len(lines) == 10
    assert lines[0].split("\t") == [
        "0", "700", "161", "1", "4", "32", "20", "5", "0", "0", "2", "2", "689638400", "300",
        "no backward_data",
    ]  # fmt: skip


def test_show_to_a_person_has_a_head(
    amun: Amun, known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    out = amun("suite", "show", "deepbench.allreduce.training").out
    assert out.startswith("suite      deepbench.allreduce.training\n")
    assert "commit da81ba7820739e2e506dc27f382d15be5479f98f\n" in out
    assert "INDEX  NUM_FLOATS      BYTES  REPEATS  REMARKS\n" in out


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["deepbench.gem.training"], "Did you mean 'deepbench.gemm.training'?", 2),
        (["deepbench.gemm.training", "--filter", "o=1"], "--filter: no key 'o'", 2),
        (["deepbench.gemm.training", "--filter", "m=1"], "no case of", 5),
    ],
)
def test_what_cannot_be_shown(
    amun: Amun, known: None, words: list[str], message: str, code: int
) -> None:
    ended = amun("suite", "show", *words)
    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err


def test_driver_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise subprocess.CalledProcessError(2, ["python"])

    monkeypatch.setattr(suite_catalogue.subprocess, "run", fail)
    with pytest.raises(ClientError, match="the suites cannot be listed"):
        suite_catalogue.suites()
