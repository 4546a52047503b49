"""`amun study ...` as a person types it, against a server that answers as the service does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amun_client.commands import study as module
from tests.support.studies import HOST, IDENTITY, group, inspection

INSPECTIONS = "/api/v1/inspections"
SPECIFICATION = {"indicator": {"parameters": {"matrix_size": 64, "reps": 10, "dtype": "float32"}}}


@pytest.fixture
def lock(tmp_path: Path) -> str:
    file = tmp_path / "requirements.txt"
    file.write_text("numpy==2.4.6\n")
    return str(file)


@pytest.fixture
def measured(stub: Any, shapes: Any) -> Any:
    """A server that has a study of two values and two rounds."""
    found = [inspection(value, number) for number in (2, 1) for value in (128, 64)]
    stub.on("GET", INSPECTIONS, {"inspections": found, "next_cursor": None})
    groups = [group(64, [10.0, 11.0]), group(128, [20.0, 21.0])]
    stub.on("GET", "/api/v1/summaries", {"groups": groups})
    stub.on("GET", f"{INSPECTIONS}/{found[0]['id']}/results", {**shapes.RESULTS, "host": HOST})
    stub.on("GET", f"{INSPECTIONS}/{found[0]['id']}/specification", SPECIFICATION)
    return stub


def test_the_studies_are_listed_and_shown_without_a_server(amun: Any) -> None:
    assert [
        line.split("\t")[0] for line in amun("study", "list", "--no-header").out.splitlines()
    ] == [
        "repetitions",
        "sizes",
    ]
    assert "1.46 times" in amun("study", "show", "sizes").out
    assert amun("study", "show", "sizes", "--json").document["varies"] == "matrix_size"
    missing = amun("study", "show", "size")
    assert (missing.code, "Did you mean 'sizes'?" in missing.err) == (2, True)


def test_the_list_has_what_was_begun(amun: Any, measured: Any) -> None:
    listed = amun("study", "list", "--json", "--server", measured.url).document
    assert [(one["id"], one["measured"]) for one in listed["begun"]] == [(IDENTITY, 4)]


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown"])
def test_a_report_has_every_form(amun: Any, measured: Any, form: str) -> None:
    ended = amun("study", "report", IDENTITY, "--format", form, "--server", measured.url)
    assert ended.code == 0, ended.err
    assert IDENTITY in ended.out
    (asked,) = measured.seen("GET", "/api/v1/summaries")
    assert asked[2] == {"label": [f"study.id={IDENTITY}"], "by": ["study.value"]}


def test_json_is_a_form_too(amun: Any, measured: Any) -> None:
    document = amun("study", "report", IDENTITY, "--json", "--server", measured.url).document
    assert document["schema"] == "amun.study/1"
    assert document["measured"] == 4


def test_a_report_draws_its_plots(amun: Any, measured: Any, tmp_path: Path) -> None:
    ended = amun(
        "study", "report", IDENTITY, "--server", measured.url,
        "--plots", "plots", "--plot-format", "svg",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == [
        f"{IDENTITY}-{name}.svg" for name in ("box", "curve", "violin")
    ]


def test_an_unknown_study_ends_with_a_hint(amun: Any, stub: Any) -> None:
    stub.on("GET", INSPECTIONS, {"inspections": [], "next_cursor": None})
    ended = amun("study", "report", "sizes-0", "--server", stub.url)
    assert ended.code == 2
    assert "amun study list" in ended.err


def test_a_dry_run_starts_nothing(amun: Any, stub: Any, lock: str) -> None:
    stub.on("GET", INSPECTIONS, {"inspections": [], "next_cursor": None})
    words = ["study", "sizes", "--framework", "numpy", "--lock", lock, "--values", "64,128",
             "--inspections", "3", "--dry-run", "--server", stub.url]  # fmt: skip
    ended = amun(*words)
    assert ended.code == 0, ended.err
    assert "would measure 6 inspections; nothing was started" in ended.err
    document = amun(*words, "--json").document
    assert (document["missing"], len(document["cells"])) == (6, 6)
    assert stub.seen("POST", INSPECTIONS) == []


def test_a_study_that_is_measured_whole_is_only_reported(
    amun: Any, measured: Any, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = amun(
        "study", "sizes", "--framework", "numpy", "--lock", lock, "--values", "64,128",
        "--inspections", "2", "--server", measured.url,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "4 of 4 inspections" in ended.out
    assert measured.seen("POST", INSPECTIONS) == []


def test_ctrl_c_cancels_what_is_under_way_and_keeps_the_rest(
    amun: Any, measured: Any, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "measure", interrupted)
    active = inspection(64, 1, "running")
    measured.on(
        "GET", INSPECTIONS, {"inspections": [active, inspection(128, 1)], "next_cursor": None}
    )
    measured.on("POST", f"{INSPECTIONS}/{active['id']}/cancel", {"state": "cancelled"}, status=202)
    ended = amun(
        "study", "sizes", "--framework", "numpy", "--lock", lock, "--values", "64,128",
        "--inspections", "2", "--server", measured.url,
    )  # fmt: skip
    assert ended.code == 130
    assert "1 measured and kept" in ended.err
    assert len(measured.seen("POST", f"{INSPECTIONS}/{active['id']}/cancel")) == 1


def test_a_missing_extra_is_told_before_anything_is_measured(
    amun: Any, stub: Any, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amun_client.study.render.NEEDED", ("altair", "no_such_module"))
    ended = amun(
        "study",
        "sizes",
        "--framework",
        "numpy",
        "--lock",
        lock,
        "--plots",
        "x",
        "--server",
        stub.url,
    )
    assert ended.code == 2
    assert "python -m pip install 'altair>=6,<7'" in ended.err
    assert stub.requests == []
