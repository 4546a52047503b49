"""The package as it travels: syntax of Python 3.6, standard library only, nothing left on the path."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pis import catalogue

FOLDER = Path(catalogue.folder())
FILES = sorted(FOLDER.rglob("*.py"))
FRAMEWORKS = {"jax", "mpi4py", "numpy", "onnxruntime", "scipy", "tensorflow", "torch"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        elif (
            # our own modules are named by an expression, frameworks by their plain name
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "import_module"
            and isinstance(node.args[0], ast.Constant)
        ):
            names.add(node.args[0].value)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_file_is_python_3_6(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 6))
    assert "from __future__" not in path.read_text()
    names = imported(ast.parse(path.read_text()))
    # in the standard library only since 3.7 or later
    assert not names & {"dataclasses", "tomllib", "graphlib", "zoneinfo", "contextvars"}


def test_parser_would_notice_newer_syntax() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("if (n := 1): pass", feature_version=(3, 6))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_imports_are_standard_library_or_the_framework(path: Path) -> None:
    names = imported(ast.parse(path.read_text())) - {"pis"} - set(sys.stdlib_module_names)
    allowed = {path.stem[3:]} | {"numpy"} if path.name.startswith("on_") else set()
    if path.parent.name == "interpreter":  # what it runs is the benchmarks of these
        names -= {"pyperf", "pyperformance"}
    assert {name.split(".")[0] for name in names} <= allowed & FRAMEWORKS


def test_no_file_has_the_name_of_a_framework() -> None:
    assert not {path.stem for path in FILES} & FRAMEWORKS


def test_start_leaves_our_folders_off_the_module_path(tmp_path: Path) -> None:
    # `site` would be imported from our parent, `catalogue` from our folder, were they on the path
    probe = (
        "import sys, runpy\n"
        f"sys.path.insert(0, {str(FOLDER)!r}); sys.argv = ['pis', 'list']\n"
        "try:\n"
        f"    runpy.run_path({str(FOLDER / '__main__.py')!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        f"assert not {{{str(FOLDER)!r}, {str(FOLDER.parent)!r}}} & set(sys.path), sys.path\n"
        f"assert sys.modules['pis'].__file__ == {str(FOLDER / '__init__.py')!r}\n"
        "assert not [n for n in sys.modules if n.split('.')[0] in ('numpy', 'argparse')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", probe],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"name": "matmul"' in done.stdout
