"""The house rules that a machine can hold: layout, sizes, words that must not be committed."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

PACKAGES = [
    "amun_api", "amun_client", "amun_core", "amun_local", "amun_statistics",
    "dependency_monkey", "inspector", "knowledge_graph", "pis",
]  # fmt: skip


def tracked(root: Path, *patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: the list of committed files is not known")
    return [root / name for name in listed.stdout.split() if (root / name).is_file()]


def modules(root: Path) -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in tracked(root, f"{package}/*.py", f"{package}/**/*.py")
        if "migrations" not in path.parts
    ]


def test_modules_are_small(project_root: Path) -> None:
    lengths = sorted(len(path.read_text().splitlines()) for path in modules(project_root))
    assert statistics.median(lengths) <= 150
    assert lengths[int(len(lengths) * 0.9)] <= 350
    assert lengths[-1] <= 500


def test_nine_functions_of_ten_are_short(project_root: Path) -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules(project_root)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[int(len(lengths) * 0.9)] <= 35


def test_unit_tests_mirror_the_modules(project_root: Path) -> None:
    strays = []
    for path in tracked(project_root, "tests/unit/*/**.py", "tests/unit/**/test_*.py"):
        relative = path.relative_to(project_root / "tests" / "unit")
        if len(relative.parts) < 2 or not path.name.startswith("test_"):
            continue
        name = path.stem.removeprefix("test_")
        folder = project_root / relative.parent
        if name == "package":
            name = "__init__"  # what holds for the package as a whole
        if not any(
            (folder / candidate).exists() for candidate in (f"{name}.py", name, f"__{name}__.py")
        ):
            strays.append(str(relative))
    assert strays == []


def test_nothing_is_committed_that_belongs_to_one_machine(project_root: Path) -> None:
    # character classes keep the names themselves out of this file
    registries = r"\bpy[p]i\.org|python[h]osted|\bdeb\.[d]ebian|registry\.[n]pmjs"
    rules = re.compile(rf"(?<![\w.])/(work|root)/|{registries}")
    found = []
    for path in tracked(project_root):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if rules.search(line):
                found.append(f"{path.relative_to(project_root)}:{number}")
    assert found == []
