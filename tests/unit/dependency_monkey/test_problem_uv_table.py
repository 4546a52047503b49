from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dependency_monkey.problem_uv_table import (
    OBEYED,
    QUIET_VALUES,
    TOLD,
    UV_VERSION,
    WITHOUT_INFLUENCE,
)


@pytest.fixture(scope="module")
def told_by_uv(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, set[str]]:
    """uv's version, and every setting that it names when it meets one that it does not know."""
    folder: Path = tmp_path_factory.mktemp("uv")
    (folder / "pyproject.toml").write_text("[tool.uv]\nno-such-setting = 1\n")
    command = [sys.executable, "-m", "uv"]
    said = subprocess.run(
        [*command, "pip", "list", "--offline", "--color", "never"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    ).stderr  # fmt: skip
    listed = re.search(r"expected one of (.*)", said)
    assert listed is not None, said
    version = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    return version.split()[1], set(re.findall(r"`([a-z-]+)`", listed[1]))


def test_every_setting_of_uv_has_its_meaning(told_by_uv: tuple[str, set[str]]) -> None:
    version, settings = told_by_uv
    known = OBEYED | WITHOUT_INFLUENCE | TOLD.keys()
    assert len(settings) > 60
    assert not settings - known, f"uv {version} has settings that are passed over"
    if version == UV_VERSION:
        assert not known - settings


def test_a_setting_has_one_meaning() -> None:
    assert not OBEYED & WITHOUT_INFLUENCE
    assert not (OBEYED | WITHOUT_INFLUENCE) & TOLD.keys()
    assert QUIET_VALUES.keys() <= TOLD.keys()
