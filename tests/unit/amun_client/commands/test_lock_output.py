"""`amun inspection lock`, `amun sweep lock`: which stack won, and its lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.sweep_documents import SWEEP, member, results, sweep

Amun = Callable[..., Any]
ONE = "/api/v1/inspections/inspection-1234abcd"
SWEPT = f"/api/v1/sweeps/{SWEEP}"


def specification(version: str) -> dict[str, Any]:
    return {
        "python": {"lock": {"format": "requirements.txt", "content": f"numpy=={version}\n"}},
        "runs": 6,
    }


@pytest.fixture
def swept(stub: Any) -> Any:
    found = results()
    found["members"].append(member(3, "1.26.4"))
    found["members"][3]["contrast"] |= {
        "ratio": 0.5,
        "low": 0.45,
        "high": 0.55,
        "verdict": "faster",
    }
    stub.on("GET", SWEPT, sweep("succeeded"))
    stub.on("GET", f"{SWEPT}/results", found)
    for one in found["members"]:
        path = f"/api/v1/inspections/{one['inspection_id']}/specification"
        stub.on("GET", path, specification(one["pins"]["numpy"]))
    return stub


def test_the_best_with_its_evidence(amun: Amun, swept: Any) -> None:
    ended = amun("sweep", "lock", SWEEP, "--server", swept.url)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        f"# numpy 1.26.4: a stack of {SWEEP}, rank 1 of 3",
        "# measured: matmul on numpy (matrix_size=64), 6 runs",
        "# median time: 5.000 ms",
        "# against the reference, numpy 2.2.6: 0.500 times its time, 95 % [0.450, 0.550]: faster",
        "# host: lab",
        f"# evidence: amun sweep report {SWEEP}, inspection-00000003",
        "numpy==1.26.4",
    ]
    assert amun("sweep", "lock", SWEEP, "--best", "--server", swept.url).out == ended.out


@pytest.mark.parametrize(
    ("word", "version"),
    [
        ("numpy 2.1.3", "2.1.3"),
        ("numpy 2.1", "2.1.3"),
        ("inspection-00000002", "2.0.2"),
        ("1", "1.26.4"),
        ("2", "2.2.6"),
    ],
)
def test_a_member_by_name_by_id_by_rank(amun: Amun, swept: Any, word: str, version: str) -> None:
    ended = amun("sweep", "lock", SWEEP, word, "--server", swept.url)
    assert ended.out.splitlines()[-1] == f"numpy=={version}"


@pytest.mark.parametrize("words", [["numpy"], ["9"], ["numpy 2.1.3", "--best"]])
def test_no_member_or_several(amun: Amun, swept: Any, words: list[str]) -> None:
    ended = amun("sweep", "lock", SWEEP, *words, "--server", swept.url)
    assert (ended.code, ended.out) == (2, "")


def test_a_file_tells_its_format_by_its_name(amun: Amun, swept: Any, tmp_path: Path) -> None:
    ended = amun("sweep", "lock", SWEEP, "-o", "Pipfile.lock", "--server", swept.url)
    assert (ended.code, ended.out) == (0, "")
    assert '"numpy"' in (tmp_path / "Pipfile.lock").read_text()
    assert "rank 1 of 3" in ended.err
    document = amun("sweep", "lock", SWEEP, "--json", "--server", swept.url).document
    assert document["format"] == "requirements.txt"
    assert document["justification"][0].startswith("numpy 1.26.4")
    ended = amun("sweep", "lock", SWEEP, "-o", "none/x.txt", "--server", swept.url)
    assert (ended.code, "none/x.txt" in ended.err) == (2, True)


def test_of_nothing_there_is_no_best(amun: Amun, stub: Any) -> None:
    none = {"median_s": None, "median_rate_gflops": None}
    failed = results(
        state="failed",
        members=[member(0, "2.2.6", **none), member(1, "2.1.3", contrast=None, **none)],
        runs=[],
        notes=["nothing was measured", "numpy 2.1.3: import_failed: no module named x"],
    )
    stub.on("GET", SWEPT, sweep("failed"))
    stub.on("GET", f"{SWEPT}/results", failed)
    ended = amun("sweep", "lock", SWEEP, "--server", stub.url)
    assert (ended.code, ended.out) == (5, "")
    assert "import_failed: no module named x" in ended.err
    assert amun("sweep", "report", SWEEP, "--server", stub.url).code == 1
    assert amun("sweep", "status", SWEEP, "--exit-status", "--server", stub.url).code == 1
    assert amun("sweep", "status", SWEEP, "--server", stub.url).code == 0


def test_the_lock_of_an_inspection(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    stub.on("GET", f"{ONE}/results", shapes.RESULTS)
    stub.on("GET", f"{ONE}/specification", specification("2.3.5"))
    ended = amun("inspection", "lock", "inspection-1234abcd", "--server", stub.url)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("# The stack of inspection-1234abcd (succeeded)\n")
    assert ended.out.endswith("\nnumpy==2.3.5\n")
    stub.on("GET", f"{ONE}/specification", {"script": "print()"})
    ended = amun("inspection", "lock", "inspection-1234abcd", "--server", stub.url)
    assert ended.code != 0
    assert "it has no lock" in ended.err
