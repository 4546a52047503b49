from __future__ import annotations

import json
import platform
import subprocess

import pytest
import uv
from packaging.version import Version

from amun_core.python_releases import NEWEST_BUG_FIX, full_python, running_python


@pytest.mark.parametrize(
    ("told", "here", "full"),
    [
        ("3.9", None, "3.9.25"),
        ("3.9.4", "3.9.7", "3.9.4"),
        ("3.11", "3.11.7", "3.11.7"),
        ("3.11", "3.12.1", "3.11.18"),
        ("3", "3.11.7", "3.11.7"),
        ("3", None, f"3.{max(NEWEST_BUG_FIX)}.{NEWEST_BUG_FIX[max(NEWEST_BUG_FIX)]}"),
        ("3.1", "3.11.7", "3.1.5"),
        ("3.99", "3.11.7", "3.99.0"),
    ],
)
def test_a_python_without_its_last_number(told: str, here: str | None, full: str) -> None:
    assert full_python(told, here) == full


def test_no_known_python_is_taken_for_its_first_release() -> None:
    assert all(full_python(f"3.{minor}") != f"3.{minor}.0" for minor in NEWEST_BUG_FIX)


def test_this_interpreter_is_exact() -> None:
    assert running_python() == platform.python_version()


def test_no_newer_release_is_known_to_uv() -> None:
    listed = subprocess.run(
        [uv.find_uv_bin(), "python", "list", "--all-versions", "--only-downloads", "--offline",
         "--output-format", "json"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    versions = [
        Version(one["version"]) for one in json.loads(listed) if one["implementation"] == "cpython"
    ]
    finals = [one for one in versions if not one.is_prerelease]
    assert len(finals) > 50
    assert all(one.micro <= NEWEST_BUG_FIX.get(one.minor, -1) for one in finals)
