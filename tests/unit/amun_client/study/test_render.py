from __future__ import annotations

import importlib.util
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from amun_client.errors import UsageFaultError
from amun_client.study.render import PlotFormat, require_extra, write_plots
from tests.support.studies import group, rates, report

REPORT = report("sizes", [group(value, rates(value, 0.02, 9)) for value in (64, 512, 4096)])


def test_svg_and_png_are_drawn(tmp_path: Path) -> None:
    written = write_plots(REPORT, tmp_path / "new", [PlotFormat.SVG, PlotFormat.PNG])
    assert {path.name.removeprefix(f"{REPORT['id']}-") for path in written} == {
        f"{name}.{form}" for name in ("curve", "box", "violin") for form in ("svg", "png")
    }
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".svg":
            assert content.startswith(b"<svg")
            # marks were drawn: lines and points, not only a frame
            assert content.count(b"<path") > 10
        else:
            assert content.startswith(b"\x89PNG")
            width, height = struct.unpack(">II", content[16:24])
            assert (width > 1000, height > 800) == (True, True)


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    (page,) = write_plots(REPORT, tmp_path, [PlotFormat.HTML])
    text = page.read_text()
    assert text.count("vegaEmbed(") >= 3
    assert "actions: false" in text
    assert '<html lang="en">' in text
    outside_scripts = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"https?:|src=|href=|@import|url\(", outside_scripts)
    # no element loads anything: every script stands in the page
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]+>", text.split("<script>")[0]) == []
    assert "<table>" in outside_scripts
    assert REPORT["finding"] in outside_scripts


def test_text_of_the_report_cannot_leave_its_place(tmp_path: Path) -> None:
    told = {**REPORT, "host": "</script><b>bold"}
    (page,) = write_plots(told, tmp_path, [PlotFormat.HTML])
    assert "</script><b>" not in page.read_text()


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert write_plots(report("sizes", []), tmp_path, list(PlotFormat)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageFaultError, match="--plots"):
        write_plots(REPORT, tmp_path / "file", [PlotFormat.SVG])


def test_a_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> Any:
        return None if name == "vl_convert" else object()

    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(UsageFaultError, match="vl_convert is not installed") as caught:
        require_extra()
    assert caught.value.hint == ("python -m pip install 'altair>=6,<7' 'vl-convert-python>=1.9,<2'")
