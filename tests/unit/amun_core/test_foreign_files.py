from __future__ import annotations

import pytest

from amun_core.errors import InvalidLockError
from amun_core.foreign_files import foreign_file
from amun_core.intake import Intake
from amun_core.lock import detect_lock_format, read_lock_into
from amun_core.specification import LockFormat
from dependency_monkey.errors import InvalidProblemError
from dependency_monkey.problem_reader import read_problem_text

UV = (
    'version = 1\nrevision = 3\n\n[[package]]\nname = "six"\nversion = "1.16.0"\n'
    'source = { registry = "https://index.example/simple" }\n'
)
POETRY = '[[package]]\nname = "six"\nversion = "1.16.0"\n\n[metadata]\nlock-version = "2.0"\n'
PDM = '[metadata]\ngroups = ["default"]\nlock_version = "4.5.0"\n\n[[package]]\nname = "six"\n'
CONDA = "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - numpy==1.24\n"
CONDA_LOCK = "version: 1\nmetadata:\n  content_hash:\n    linux-64: abc\npackage:\n- name: x\n"
PIXI = "version: 6\nenvironments:\n  default:\n    channels: []\npackages: []\n"
NODE = '{"name": "x", "lockfileVersion": 3, "packages": {}}'
EXPLICIT = "# platform: linux-64\n@EXPLICIT\nhttps://files.example/x-1-0.conda\n"

BY_CONTENT = [
    (UV, "uv export --format pylock.toml"),
    (POETRY, "poetry export"),
    (PDM, "pdm export"),
    (CONDA, "packages of conda"),
    (CONDA_LOCK, "packages of conda"),
    (PIXI, "packages of conda"),
    (NODE, "requirements.txt"),
    (EXPLICIT, "packages of conda"),
]
BY_NAME = [
    "uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "environment.yml",
    "package.json", "package-lock.json", "yarn.lock", "Cargo.lock", "setup.py", "setup.cfg", "uv.toml",
]  # fmt: skip


@pytest.mark.parametrize(("content", "way"), BY_CONTENT)
def test_the_content_tells_a_foreign_file_wherever_it_is_given(content: str, way: str) -> None:
    for name in ("", "requirements.txt", "stack.lock"):
        with pytest.raises(InvalidLockError, match="is not read") as told:
            detect_lock_format(name, content)
        assert way in str(told.value)
        assert len(told.value.faults) == 1
    with pytest.raises(InvalidProblemError, match="is not read") as asked:
        read_problem_text("requirements.txt", content)
    assert way in str(asked.value.hint)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_name_tells_a_foreign_file(name: str) -> None:
    with pytest.raises(InvalidLockError, match="is not read"):
        detect_lock_format(f"folder/{name}", "six==1.16.0\n")
    with pytest.raises(InvalidProblemError, match="is not read"):
        read_problem_text(name, "six==1.16.0\n")


def test_a_foreign_text_that_is_said_to_be_requirements() -> None:
    intake = Intake()
    read_lock_into(UV, LockFormat.REQUIREMENTS, intake)
    assert [(fault.message) for fault in intake.faults] == ["uv.lock is not read"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("requirements.txt", "# dependencies:\n# - six\nsix==1.16.0\n"),
        ("Pipfile", "[packages]\nsix = '*'\n[requires]\npython_version = '3.11'\n"),
        ("Pipfile.lock", '{"_meta": {"hash": {"sha256": ""}}, "default": {}, "develop": {}}'),
        ("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nname = "six"\nversion = "1"\n'),
        (
            "pyproject.toml",
            "[project]\nname='x'\ndependencies = ['six']\n[tool.poetry.dependencies]\n",
        ),
        ("pyproject.toml", "[tool.uv]\npackage = true\n[[tool.uv.index]]\nname = 'x'\n"),
    ],
)
def test_our_own_are_none(name: str, content: str) -> None:
    assert foreign_file(name, content) is None
    assert foreign_file("", content) is None
