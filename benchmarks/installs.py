"""Whether sampled stacks install exactly as their locks say, and whether they can be imported then.

Stacks are drawn uniformly from the space and written as locks. Each is installed by `uv pip sync`,
some by pip and by pipenv too; names and versions of what is then there are compared with the lock.
Whether the package can be imported is no matter of the lock - an old release with the newest of its
dependencies often cannot - but each outcome is kept, with what was raised.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks._environments import cache
from benchmarks._installers import (
    INSTALLERS,
    InstallError,
    differences,
    install,
    try_import,
)
from benchmarks._record import Line, Record
from benchmarks._spaces import read_space
from benchmarks.report import print_report

_EVERY_STACK = "uv pip sync"
_VARIES = re.compile(r"0x[0-9a-f]+|/\S*/|\d+(?:\.\d+)+")


def sampled(record: Record, options: argparse.Namespace) -> list[Line]:
    """The stacks with their locks, drawn once: a later day would have another space."""
    if len(record) < options.stacks:
        print("reading the index ...", file=sys.stderr)
        read = read_space(options.package, last_of={options.package: options.last})
        count = str(read.space.count)
        for stack in list(read.space.sample(options.stacks, options.seed))[len(record) :]:
            files = {
                name: read.writer.write(stack, one.lock_format, index_addresses=True)
                for name, one in INSTALLERS.items()
            }
            record.append({"stack": stack, "of": count, "files": files})
    return record.lines[: options.stacks]


def tasks(stacks: int, by_all: int) -> list[tuple[int, str]]:
    """(number of the stack, installer) of all installations."""
    return [
        (number, name)
        for number in range(stacks)
        for name in INSTALLERS
        if name == _EVERY_STACK or number < by_all
    ]


def outcome(number: int, name: str, line: Line, module: str) -> Line:
    """Install one stack in one way, and try it."""
    began = time.monotonic()
    found: Line = {"number": number, "installer": name, "error": None, "differences": {}}
    with tempfile.TemporaryDirectory(prefix="installs-", dir=cache()) as folder:
        try:
            python = install(name, line["files"][name], Path(folder))
        except InstallError as error:
            found["error"] = str(error)
        else:
            found["differences"] = differences(name, python, line["stack"])
            found["raised"] = try_import(module, python, Path(folder))
    found["wall_s"] = round(time.monotonic() - began, 1)
    return found


def exact(line: Mapping[str, Any]) -> bool:
    """Whether it was installed, with the names and versions of the lock and no others."""
    return line["error"] is None and not line["differences"]


def causes(lines: Iterable[Mapping[str, Any]], package: str, stacks: Sequence[Line]) -> list[Line]:
    """Failed imports by what was raised, the most frequent first."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        raised = line.get("raised")
        if raised is not None:
            groups[_VARIES.sub("...", raised["exception"]), raised["raised_in"]].append(line)
    return [
        {
            "exception": found[0]["raised"]["exception"],
            "last_line": found[0]["raised"]["last_line"],
            "raised_in": where,
            "stacks": len(found),
            "versions": sorted({stacks[one["number"]]["stack"][package] for one in found}),
            **_pinned_there(where, found, stacks),
        }
        for (_, where), found in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def _pinned_there(
    where: str, found: Iterable[Mapping[str, Any]], stacks: Sequence[Line]
) -> dict[str, Any]:
    name = where.replace("_", "-")
    pins = {stacks[one["number"]]["stack"].get(name) for one in found} - {None}
    return {"pinned_there": sorted(pins)} if pins else {}


def main() -> int:
    """Install what was not installed yet and print the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", default="tensorflow-cpu")
    parser.add_argument("--module", default="tensorflow", help="what is imported")
    parser.add_argument("--last", type=int, default=8, help="releases of the package")
    parser.add_argument("--stacks", type=int, default=20)
    parser.add_argument("--by-all", type=int, default=2, help="stacks for every installer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="draw and install anew")
    options = parser.parse_args()
    settings = {
        "package": options.package,
        "module": options.module,
        "last": options.last,
        "seed": options.seed,
        "python": sys.version,
    }
    stacks = sampled(Record("installs-stacks", settings, fresh=options.fresh), options)
    record = Record("installs", settings, fresh=options.fresh)
    wanted = tasks(options.stacks, options.by_all)
    known = {(line["number"], line["installer"]) for line in record.lines}
    for place, (number, name) in enumerate(wanted, 1):
        if (number, name) not in known:
            line = outcome(number, name, stacks[number], options.module)
            record.append(line)
            told = "exactly" if exact(line) else "not as locked"
            print(f"{place}/{len(wanted)} {name}: {told}, {_imported(line)}", file=sys.stderr)
    lines = [line for line in record.lines if (line["number"], line["installer"]) in set(wanted)]
    return report(lines, stacks, options, record.path)


def _imported(line: Mapping[str, Any]) -> str:
    if line["error"] is not None:
        return str(line["error"]).splitlines()[-1]
    return "imported" if line["raised"] is None else str(line["raised"]["exception"])


def report(
    lines: Sequence[Line], stacks: Sequence[Line], options: argparse.Namespace, path: Path
) -> int:
    """The closing line; 1 where a lock did not install as it says."""
    good = sum(map(exact, lines))
    by_uv = [line for line in lines if line["installer"] == _EVERY_STACK]
    print_report(
        name="installs",
        value=good / len(lines),
        unit="share of installations",
        goal="1: names and versions are exactly those of the lock",
        holds=good == len(lines),
        compared_with="the written lock",
        details={
            "package": options.package,
            "valid_stacks": stacks[0]["of"],
            "stacks": len(stacks),
            "installations": {
                name: sum(line["installer"] == name for line in lines) for name in INSTALLERS
            },
            "not_as_locked": [line for line in lines if not exact(line)],
            "imported": sum(line.get("raised", 0) is None for line in by_uv),
            "not_imported": causes(by_uv, options.package, stacks),
            "record": path.name,
        },
    )
    return 0 if good == len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
