from __future__ import annotations

import pytest

from dependency_monkey.problem_reader import Wishes, read_problem_text
from tests.support.problems import HERE

PROJECT = "[project]\nname = 'x'\ndependencies = ['a']\n"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("[tool.pixi.dependencies]\nnumpy = '*'\n", "/tool/pixi/dependencies"),
        ("[tool.pip-tools]\nextra-index-url = ['x']\n", "/tool/pip-tools/extra-index-url"),
        ("[tool.pip-tools]\npre = true\n", "/tool/pip-tools/pre"),
        ("[tool.rye]\ndev-dependencies = ['x']\n", "/tool/rye/dev-dependencies"),
        ("[tool.conda-lock]\nchannels = ['x']\n", "/tool/conda-lock"),
    ],
)
def test_tables_of_other_tools_are_named(text: str, pointer: str) -> None:
    found = read_problem_text("pyproject.toml", PROJECT + text, Wishes(HERE))
    assert [warning.pointer for warning in found.warnings] == [pointer]


def test_tables_that_change_nothing_need_no_word() -> None:
    text = (
        "[tool.ruff]\nline-length = 1\n[tool.hatch.envs.test]\ndependencies = ['t']\n[tool.mypy]\n"
    )
    assert not read_problem_text("pyproject.toml", PROJECT + text, Wishes(HERE)).warnings
