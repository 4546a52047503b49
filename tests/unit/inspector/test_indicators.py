from __future__ import annotations

import subprocess
import sys

from inspector.indicators import (
    catalogue_entries,
    indicator_digest,
    indicator_version,
    ship_indicators,
)
from pis import catalogue


def test_the_copy_is_kept_by_content_and_runs_by_itself(tmp_path):
    folder = ship_indicators(tmp_path)
    assert folder == tmp_path / "pis" / catalogue.digest() / "pis"
    listed = subprocess.run(
        [sys.executable, "-I", "-B", str(folder / "__main__.py"), "list"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert '"matmul"' in listed.stdout


def test_a_second_shipping_finds_the_first(tmp_path):
    first = ship_indicators(tmp_path)
    before = first.stat().st_mtime_ns
    assert ship_indicators(tmp_path) == first
    assert first.stat().st_mtime_ns == before
    assert [path.name for path in first.parent.iterdir()] == ["pis"]


def test_version_and_digest_of_an_indicator():
    assert indicator_version("matmul") == next(
        entry["version"] for entry in catalogue_entries() if entry["name"] == "matmul"
    )
    assert len(indicator_digest("matmul") or "") == 64
    assert (indicator_version("nothing"), indicator_digest("nothing")) == (None, None)
