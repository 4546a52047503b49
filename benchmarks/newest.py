"""Whether the newest stack is the one of `uv pip compile` (and of `pipenv lock`), on 40 requirement sets.

`python -m benchmarks.newest [NAME ...] [--pipenv NUMBER]`. The index is that of this machine. pipenv takes
a minute for each set: by default it is not asked. The last line is one JSON object.

A difference is explained where it follows from a stated rule: of the first package that differs in the
order of Amun (what was named first, then breadth first) Amun's version is the newer one. Then uv met the
packages in another order, or gave one up that it need not have. Anything else is a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from amun_core.errors import AmunError
from amun_core.stack_request import parse_stack_request
from benchmarks._requirement_sets import SETS
from dependency_monkey.answers.opening import Where, opened
from dependency_monkey.resolver import Refusal, Resolver

Stack = Mapping[str, str]
Document = dict[str, Any]


def ours(requirements: Sequence[str]) -> tuple[Stack, list[str]]:
    """The newest stack, and its packages in the order in which they were decided."""
    request = parse_stack_request(
        {"schema": "amun.stack-request/1", "verb": "best", "requirements": list(requirements)}
    )
    asked = asyncio.run(opened(request, Where(), lambda _stage, _figures: None))
    choice = next(asked.space.newest_choices())
    packages = asked.crawled.universe.packages
    return asked.space.naming.stack_of(choice), [packages[one].name for one in choice]


def by_pipenv(requirements: Sequence[str]) -> Stack:
    """What `pipenv lock` pins for this Python."""
    packages = {}
    for one in map(Requirement, requirements):
        packages[one.name] = {"version": str(one.specifier) or "*", "extras": sorted(one.extras)}
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"{name} = {json.dumps(p['version'])}" if not p["extras"] else
                 f"{name} = {{version = {json.dumps(p['version'])}, extras = {json.dumps(p['extras'])}}}"
                 for name, p in packages.items()]  # fmt: skip
        (Path(folder) / "Pipfile").write_text("[packages]\n" + "\n".join(lines) + "\n")
        subprocess.run(
            ["pipenv", "lock", "--python", sys.executable],
            cwd=folder, check=True, capture_output=True, timeout=900,
        )  # fmt: skip
        lock = json.loads((Path(folder) / "Pipfile.lock").read_text())
    return {
        canonicalize_name(name): one["version"].removeprefix("==")
        for name, one in lock["default"].items()
    }


def compared(amun: Stack, order: Sequence[str], other: Stack) -> str:
    """`equal`, `order` where the first that differs is newer here, else `different`."""
    for name in order:
        if name not in other:
            return "different"
        here, there = Version(amun[name]), Version(other[name])
        if here != there:
            return "order" if here > there else "different"
    return "equal" if set(order) == other.keys() else "different"


def judged(name: str, resolver: Resolver, *, pipenv: bool) -> Document:
    """One set: what comes out, and how it compares."""
    requirements = SETS[name]
    answer = resolver.resolve(requirements)
    try:
        amun, order = ours(requirements)
    except AmunError as error:
        found = "both refuse" if isinstance(answer, Refusal) else "different"
        return {"set": name, "uv": found, "why": str(error).splitlines()[0]}
    if isinstance(answer, Refusal):
        return {"set": name, "uv": "different", "why": f"uv: {answer.reason[:200]}"}
    told: Document = {"set": name, "uv": compared(amun, order, answer.pins)}
    if told["uv"] != "equal":
        told["differing"] = {
            one: [amun.get(one), answer.pins.get(one)]
            for one in sorted({*amun, *answer.pins})
            if amun.get(one) != answer.pins.get(one)
        }
    if pipenv:
        told["pipenv"] = compared(amun, order, by_pipenv(requirements))
    return told


def main() -> None:
    """Compare, tell each set in a line, and all in the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--pipenv", type=int, default=0, help="ask pipenv too, for so many sets")
    given = parser.parse_args()
    if given.pipenv and not shutil.which("pipenv"):
        raise SystemExit("pipenv is not on the PATH")
    resolver = Resolver.of_this_machine(None, None)
    rows = []
    for place, name in enumerate(given.names or SETS):
        rows.append(judged(name, resolver, pipenv=place < given.pipenv))
        print(json.dumps(rows[-1]), flush=True)
    told = [row["uv"] for row in rows]
    asked = [row["pipenv"] for row in rows if "pipenv" in row]
    summary = {
        "sets": len(rows),
        "uv": {one: told.count(one) for one in sorted(set(told))},
        "pipenv": {one: asked.count(one) for one in sorted(set(asked))},
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
