"""A question with everything that its answer is made from: what was read, and the compiled space.

Reading comes first and is kept even where the space is empty or cannot be counted: what was read
says why.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import prod
from typing import Any

from amun_core.stack_request import StackRequest
from dependency_monkey.blocking import blocking
from dependency_monkey.compilation import Limits, NotCompiledError
from dependency_monkey.crawl import Crawled
from dependency_monkey.errors import EmptySpaceError
from dependency_monkey.explain_text import blocking_text
from dependency_monkey.locks import LockWriter
from dependency_monkey.problem import Problem
from dependency_monkey.space import Space
from dependency_monkey.target import libc_text

Document = dict[str, Any]
#: Tells what happens meanwhile: the name of the stage, and figures.
Tell = Callable[[str, Document], None]
#: The universe under a window of the newest so many versions of each package; read once more.
Windowed = Callable[[int], Crawled]

#: How much is left out is counted; which versions is listed up to so many.
MOST_LISTED = 10_000
MOST_BARRED = 20
#: Windows that are tried for an advice where the whole space is too large.
_WINDOWS = (3, 6, 12, 25, 50, 100, 200)
#: Of the time that the count was given, so much is spent on the advice.
_ADVICE_SHARE = 0.1
#: A window twice as large takes about so many times as long.
_GROWTH = 2.5
_MORE_TIME = "; or give more time with --time-limit"


@dataclass
class Asked:
    """One question, and what was read for it."""

    request: StackRequest
    problem: Problem
    crawled: Crawled
    windowed: Windowed
    locks: LockWriter
    warnings: list[str] = field(default_factory=list)
    figures: Document = field(default_factory=dict)
    tell: Tell = lambda _stage, _figures: None

    @cached_property
    def space(self) -> Space:
        """The compiled space, which has stacks. Raises EmptySpaceError and NotCompiledError."""
        try:
            space = self.compiled
        except NotCompiledError as error:
            raise NotCompiledError(f"not counted: {error}", hint=self._advice()) from None
        if not space.count:
            raise self._empty()
        return space

    @cached_property
    def compiled(self) -> Space:
        """The compiled space, which may be empty. Raises NotCompiledError."""
        self.tell("compiling the space", {"packages": len(self.crawled.versions)})
        began = time.monotonic()
        space = Space.compile(self.crawled, Limits(self.request.time_limit_seconds))
        self.figures["compiling_s"] = round(time.monotonic() - began, 4)
        return space

    def _empty(self) -> EmptySpaceError:
        """The error that names the requirements which block each other."""
        self.tell("looking for what blocks", {})
        chain = blocking(self.problem, self.crawled)
        told = "" if chain is None else f"\n{blocking_text(chain)}"
        if chain is None and any(one.barred for one in self.crawled.universe.packages):
            told = ": each would have a pre-release where final versions fit (--pre-releases allow)"
        error = EmptySpaceError(f"no stack is valid{told}", hint=_left_out_hint(self.crawled))
        if chain is not None:
            error.detail = asdict(chain)
        return error

    @property
    def remarks(self) -> list[str]:
        """What was noticed while the problem and the index were read."""
        return [*self.warnings, *self._notes()]

    def lock(self, stack: Mapping[str, str]) -> dict[str, str]:
        """The files of a lock, in the format that was asked for."""
        request = self.request
        return self.locks.write(stack, request.lock_format, all_files=request.all_files)

    def heading(self, kind: str) -> Document:
        """What every answer begins with: what it is, and what it is for."""
        crawled = self.crawled
        environment = self.problem.environment
        sizes = [len(versions) for versions in crawled.versions if versions]
        return {
            "schema": f"amun.stack-{kind}/1",
            "request": self.request.hash,
            "snapshot": {
                "digest": crawled.snapshot.digest,
                "taken_at": crawled.snapshot.taken_at.isoformat(),
            },
            "environment": {
                "python_version": environment.python_version,
                "architecture": environment.architecture,
                "libc": libc_text(environment),
            },
            "packages": len(sizes),
            "versions": sum(sizes),
            "combinations": str(prod(sizes)),
            "left_out": self._left_out(),
            "warnings": self.remarks,
            "figures": self.figures,
        }

    def _left_out(self) -> Document:
        counts: dict[str, int] = {}
        for one in self.crawled.left_out:
            counts[one.because] = counts.get(one.because, 0) + 1
        listed = [
            {
                "package": one.package,
                "version": one.version,
                "because": str(one.because),
                **({"detail": one.detail} if one.detail else {}),
            }
            for one in self.crawled.left_out[:MOST_LISTED]
        ]
        return {
            "total": sum(counts.values()),
            "counts": dict(sorted((str(because), n) for because, n in counts.items())),
            "versions": listed,
        }

    def _notes(self) -> list[str]:
        missing = [f"no index has {name}: what requires it is out" for name in self.crawled.missing]
        extras = [
            f"no version of {package} has the extra {extra!r}: it is ignored"
            for package, extra in self.crawled.unknown_extras
        ]
        barred = [
            f"{package} {version} with its extra {extra!r} asks for an address: out"
            for package, version, extra in self.crawled.barred_extras[:MOST_BARRED]
        ]
        return [*missing, *extras, *barred]

    def _advice(self) -> str:
        """What would make the space countable: the largest window that can be, found in a moment.

        The smallest comes first, so that what is spent is known before more is.
        """
        longest = max(map(len, self.crawled.versions), default=0)
        began, spent = time.thread_time(), 0.0
        budget = self.request.time_limit_seconds * _ADVICE_SHARE
        advice = "let fewer versions in: --last, --newer-than, narrower requirements"
        for last in (one for one in _WINDOWS if one < longest):
            started = time.thread_time()
            left = budget - (started - began)
            if spent * _GROWTH > left:
                break
            self.tell("looking for a window that can be counted", {"last": last})
            narrowed = self.windowed(last)
            try:
                left -= time.thread_time() - started
                counted = Space.compile(narrowed, Limits(max(0.0, left))).count
            except NotCompiledError:
                break
            spent = time.thread_time() - started
            if counted:
                advice = f"--last {last} can be counted: {counted:.3e} stacks"
        return advice + _MORE_TIME


def _left_out_hint(crawled: Crawled) -> str:
    """What of the versions that are out could be let in."""
    counts = Counter(str(one.because).replace("_", " ") for one in crawled.left_out)
    told = ", ".join(f"{number} {because}" for because, number in counts.most_common())
    return f"versions that were left out: {told or 'none'}"
