from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks._installers import differences, try_import


def test_what_an_import_raises(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "broken"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ValueError('first\\nlast')\n")
    (tmp_path / "start.py").write_text(f"import sys; sys.path.insert(0, {str(package.parent)!r})\n")
    # the current folder is on the path of `python -c`
    (tmp_path / "entry.py").write_text("import start, broken\n")
    found = try_import("entry", Path(sys.executable), tmp_path)
    assert found == {
        "exception": "ValueError: first",
        "last_line": "last",
        "raised_in": "broken",
    }


@pytest.mark.parametrize(
    ("text", "exception"),
    [("", None), ("import os; os.abort()", "the process ended with -6")],
)
def test_an_import_that_succeeds_or_kills(tmp_path: Path, text: str, exception: str | None) -> None:
    (tmp_path / "entry.py").write_text(text)
    found = try_import("entry", Path(sys.executable), tmp_path)
    assert (found and found["exception"]) == exception


def test_differences_name_what_is_missing_and_what_is_too_much() -> None:
    found = differences("uv pip sync", Path(sys.executable), {"pytest": "0", "nowhere": "1"})
    assert found["nowhere"] == ["1", None]
    assert found["pytest"][0] == "0"
    assert found["packaging"][0] is None
