"""What files say of the stacks: our newest stack beside that of uv and pip, over an index on loopback.

Differences are rules of ours, each named where it is expected.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amun_core.errors import AmunError
from amun_core.index_map import IndexMap
from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from dependency_monkey.crawl import build_universe
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.opening import Surroundings, open_client
from dependency_monkey.problem_reader import ReadProblem, Wishes, read_problem
from dependency_monkey.space import Space
from tests.support.index_server import IndexServer

PYTHON = ".".join(map(str, sys.version_info[:3]))
HERE = TargetEnvironment(PYTHON, "x86_64", ("glibc", 2, 28))
PROJECT = "[project]\nname = 'bench'\nversion = '0'\nrequires-python = '>=3.8'\n"
#: Files with the addresses of the indexes in them; {main} has what the others lack.
PROJECTS = {
    "constraint": "dependencies = ['app']\n[tool.uv]\nconstraint-dependencies = ['lib<2']\n",
    "constraint elsewhere":
        "dependencies = ['app']\n[tool.uv]\nconstraint-dependencies = ['lib<2; os_name == \"nt\"']\n",
    "override": "dependencies = ['app==1.0']\n[tool.uv]\noverride-dependencies = ['lib==2.0']\n",
    "override elsewhere":
        "dependencies = ['app']\n[tool.uv]\noverride-dependencies = ['lib==1.0; os_name == \"nt\"']\n",
    "override of what is for Windows":
        "dependencies = ['app']\n[tool.uv]\noverride-dependencies = ['win<2']\n",
    "override of an extra": "dependencies = ['app[x]']\n[tool.uv]\noverride-dependencies = ['opt<2']\n",
    "override of a root":
        "dependencies = ['lib<1', 'app']\n[tool.uv]\noverride-dependencies = ['lib==1.0']\n",
    "exclude": "dependencies = ['app']\n[tool.uv]\nexclude-dependencies = ['lib']\n",
    "exclude a root": "dependencies = ['app', 'opt']\n[tool.uv]\nexclude-dependencies = ['opt']\n",
    "newer": "dependencies = ['app']\n[tool.uv]\nexclude-newer = '2024-06-01T00:00:00Z'\n",
    "newer of one":
        "dependencies = ['app']\n[tool.uv]\nexclude-newer = '2024-06-01T00:00:00Z'\n"
        "exclude-newer-package = {lib = '2025-06-01T00:00:00Z', app = false}\n",
    "no pre-releases": "dependencies = ['opt']\n[tool.uv]\nprerelease = 'disallow'\n",
    "sources": "dependencies = ['both']\n[tool.uv.sources]\nboth = {index = 'extra'}\n",
    "sources elsewhere":
        "dependencies = ['both']\n[tool.uv.sources]\n"
        "both = [{index = 'extra', marker = 'os_name == \"nt\"'}]\n",
    "sources by condition":
        "dependencies = ['both']\n[tool.uv.sources]\nboth = [{path = 'x', marker = 'os_name == \"nt\"'},"
        "{index = 'extra', marker = 'os_name == \"posix\"'}]\n",
    "sources of nobody": "dependencies = ['app']\n[tool.uv.sources]\nboth = {git = 'https://g.example'}\n",
    "no sources":
        "dependencies = ['both']\n[tool.uv]\nno-sources = true\n[tool.uv.sources]\nboth = {path = 'x'}\n",
    "own extras":
        "dependencies = ['bench[a]; os_name == \"nt\"', 'bench[b]']\n"
        "[project.optional-dependencies]\na = ['both']\nb = ['opt']\n",
    "address elsewhere":
        "dependencies = ['app', 'y @ https://f.example/y-1-py3-none-any.whl ; os_name == \"nt\"']\n",
    "two indexes": "dependencies = ['both', 'far']\n[tool.uv]\nextra-index-url = ['{extra}']\n",
    "two indexes mixed":
        "dependencies = ['both', 'far']\n[tool.uv]\nextra-index-url = ['{extra}']\n"
        "index-strategy = 'unsafe-best-match'\n",
    "links": "dependencies = ['both', 'far']\n[tool.uv]\nfind-links = ['{links}']\n",
    "links alone": "dependencies = ['far']\n[tool.uv]\nno-index = true\nfind-links = ['{links}']\n",
}  # fmt: skip
REQUIREMENTS = {
    "options on one line": "-i {main} --trusted-host 127.0.0.1\napp\n",
    "quotes": '--index-url "{main}"\napp ; os_name == "posix"\n',
    "two indexes": "-i {main}\n--extra-index-url {extra}\nboth\nfar\n",
    "links": "-i {main}\n--find-links {links}\nboth\nfar\n",
    "continued": "--index-url {main}\napp \\\n  # a comment\nopt<2\n",
}


@dataclass
class Indexes:
    """Addresses of two indexes, and of a list of files."""

    main: str
    extra: str
    links: str

    def into(self, text: str) -> str:
        for name in ("main", "extra", "links"):
            text = text.replace(f"{{{name}}}", getattr(self, name))
        return text


@pytest.fixture(scope="module")
def indexes() -> Iterator[Indexes]:
    with IndexServer(tells=True) as main, IndexServer(html=True, tells=True) as extra:
        old, new = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
        main.add("app", "1.0", ["lib<2"], uploaded=old)
        more = ["lib", "win; os_name == 'nt'", "opt; extra == 'x'"]
        main.add("app", "1.1", more, extras=["x"], uploaded=new)
        for version in ("1.0", "2.0"):
            for name in ("lib", "win", "opt"):
                main.add(name, version, uploaded=old if version == "1.0" else new)
        main.add("opt", "3.0rc1", uploaded=new)
        main.add("both", "2.0", uploaded=old)
        extra.add("both", "1.0", uploaded=old)
        extra.add("far", "1.0", uploaded=old)
        yield Indexes(main.url, extra.url, f"{extra.url}/far/")


def ours(path: Path, cache: Path) -> dict[str, str]:
    around = Surroundings(read_index_settings(IndexSettings), IndexMap(), cache)

    async def crawl(read: ReadProblem) -> Space:
        dated = read.problem.policy.dated
        async with open_client(read.sources, around, dated=dated) as client:
            return Space.compile(await build_universe(read.problem, client))

    return dict(next(asyncio.run(crawl(read_problem(path, Wishes(HERE)))).newest_first()))


def uvs(path: Path) -> dict[str, str]:
    asked = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", path.name, "--python-version", PYTHON,
         "--python", sys.executable, "--no-python-downloads", "--no-header", "--no-annotate",
         "--no-cache", "--color", "never", "--no-emit-index-url"],
        cwd=path.parent, capture_output=True, text=True, check=False, timeout=120,
        env={name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))},
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    lines = (line.partition(";")[0].strip() for line in asked.stdout.splitlines())
    return dict(line.split("==") for line in lines if "==" in line)


def pips(path: Path) -> dict[str, str]:
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
         "--no-cache-dir", "--report", "-", "-r", path.name],
        cwd=path.parent, capture_output=True, text=True, check=False, timeout=120,
        env={name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))},
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    told = (one["metadata"] for one in json.loads(asked.stdout)["install"])
    return {one["name"]: one["version"] for one in told}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_pyproject_means_what_it_means_to_uv(name: str, indexes: Indexes, tmp_path: Path) -> None:
    text = PROJECT + indexes.into(PROJECTS[name])
    if "[tool.uv]" not in text:
        text += "[tool.uv]\n"
    text = text.replace("[tool.uv]\n", f"[tool.uv]\nindex-url = '{indexes.main}'\n")
    text += f"[[tool.uv.index]]\nname = 'extra'\nurl = '{indexes.extra}'\nexplicit = true\n"
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    assert ours(path, tmp_path / "cache") == uvs(path)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_requirements_file_means_what_it_means_to_pip(
    name: str, indexes: Indexes, tmp_path: Path
) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(indexes.into(REQUIREMENTS[name]))
    assert ours(path, tmp_path / "cache") == pips(path)


@pytest.mark.parametrize(
    "text",
    [
        "environments = ['os_name == \"nt\"']\n",  # uv lock refuses, uv pip compile does not look
        "find-links = ['./wheels']\n",  # a folder is not read here
        "override-dependencies = [{package = 'app', dependencies = ['lib<2']}]\n",
    ],
)
def test_what_is_refused_with_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"{PROJECT}dependencies = ['app']\n[tool.uv]\n{text}")
    with pytest.raises(AmunError, match="/tool/uv/"):
        read_problem(path, Wishes(HERE))
