"""Asks uv which versions go together: requirements in, pins or the reason why not out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uv
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from amun_core.python_releases import full_python, running_python
from amun_core.redaction import redact_text
from dependency_monkey.errors import ResolverFailedError
from dependency_monkey.python_bounds import PythonBounds

#: For one question to uv, s. Most take less than one.
ASK_SECONDS = 120.0

#: Times that a stack is looked for without versions that do not take the Python in use.
MAXIMUM_BOUNDS = 50

#: What uv says before it gives its reasons.
_PREAMBLE = re.compile(r"^when resolving dependencies[^:]*:\s*(?:cause:\s*)?(?:╰─▶\s*)?")

#: uv warns of it, and installs what stands behind such an extra all the same.

Pins = dict[str, str]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A stack that fulfils what was asked: canonical name -> version, and the lock's text."""

    pins: Pins
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """There is no such stack; `reason` is uv's own derivation."""

    reason: str


Answer = Resolution | Refusal


@dataclass(slots=True)
class Resolver:
    """uv for one Python version, one platform and one set of indexes.

    `wheels_only` leaves source distributions out: an old version that must be compiled to be looked
    at is no version that a comparison would pick.
    """

    index: IndexSettings
    environment: Mapping[str, str]
    python_version: str
    platform: str | None = None
    wheels_only: bool = True
    bounds: PythonBounds | None = None
    asked: int = field(default=0, init=False)

    @classmethod
    def of_this_machine(cls, python_version: str | None, platform: str | None) -> Resolver:
        """With the settings of pip and uv of this machine."""
        # to uv "3.11" is 3.11.0, which hardly anybody has
        version = full_python(python_version or "3", here=running_python())
        settings = read_index_settings(IndexSettings)
        bounds = PythonBounds.of(settings, version)
        return cls(settings, dict(os.environ), version, platform, bounds=bounds)

    def resolve(
        self,
        requirements: Iterable[str],
        *,
        constraints: Iterable[str] = (),
        preferences: Mapping[str, str] | None = None,
        hashes: bool = False,
    ) -> Answer:
        """The newest stack that fulfils `requirements` and `constraints`.

        A version of `preferences` is taken wherever it is valid. What does not take this Python by
        an upper bound, at which uv does not look, is left out.
        """
        wanted = list(requirements)
        limits = list(constraints)
        refused: list[str] = []
        for _ in range(MAXIMUM_BOUNDS):
            answer = self._resolve(wanted, limits, preferences or {}, hashes=hashes)
            if isinstance(answer, Refusal):
                return Refusal("; ".join([*refused, answer.reason]))
            found = self.bounds.refused(answer.pins) if self.bounds else {}
            if not found:
                return answer
            for name, demand in found.items():
                version = answer.pins[name]
                limits.append(f"{name}!={version}")
                refused.append(
                    f"{name} {version} requires Python {demand}, asked for is {self.python_version}"
                )
        return Refusal("; ".join(refused[-5:]))

    def _resolve(
        self,
        requirements: Iterable[str],
        constraints: Iterable[str],
        preferences: Mapping[str, str],
        *,
        hashes: bool,
    ) -> Answer:
        self.asked += 1
        with tempfile.TemporaryDirectory(prefix="amun-resolve-") as name:
            folder = Path(name)
            wanted, limits, out = folder / "in.txt", folder / "limits.txt", folder / "out.txt"
            wanted.write_text("\n".join(requirements) + "\n", encoding="utf-8")
            limits.write_text("\n".join(constraints) + "\n", encoding="utf-8")
            # uv keeps to the versions that its output file names already
            out.write_text(lines_of(preferences), encoding="utf-8")
            ended = self._ask(wanted, limits, out, hashes=hashes)
            if ended.returncode == 0:
                text = out.read_text(encoding="utf-8")
                return Resolution(read_pins(text), text)
        return _refusal(ended.stderr)

    def _ask(
        self, wanted: Path, limits: Path, out: Path, *, hashes: bool
    ) -> subprocess.CompletedProcess[str]:
        command = [
            *(self._uv(), "pip", "compile", str(wanted), "--constraints", str(limits)),
            *("--output-file", str(out), "--python-version", self.python_version),
            *("--python", sys.executable, "--no-python-downloads"),
            *("--no-header", "--no-annotate", "--no-emit-index-url"),
            *(["--python-platform", self.platform] if self.platform else []),
            *(["--no-build"] if self.wheels_only else []),
            *(["--generate-hashes"] if hashes else []),
            *self.index.uv_arguments(),
        ]
        try:
            return subprocess.run(
                command,
                env=self._variables(),
                capture_output=True,
                text=True,
                check=False,
                timeout=ASK_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise ResolverFailedError(
                f"uv did not resolve {wanted.read_text().split()} within {ASK_SECONDS:.0f} s",
                hint="narrower requirements are resolved faster",
            ) from None

    def _uv(self) -> str:
        try:
            return str(uv.find_uv_bin())
        except FileNotFoundError:
            raise ResolverFailedError("uv is not installed beside Amun") from None

    def _variables(self) -> dict[str, str]:
        # everything that decides is an argument: of uv's own variables only its cache is kept
        kept = {
            name: value
            for name, value in self.environment.items()
            if not name.startswith("UV_") or name == "UV_CACHE_DIR"
        }
        plain = {"UV_NO_PROGRESS": "1", "UV_NO_WRAP": "1", "NO_COLOR": "1"}
        return {**kept, **plain, **self.index.uv_environment()}


def _refusal(stderr: str) -> Refusal:
    said = redact_text(stderr).strip()
    if "No solution found" not in said:
        last = "\n".join(said.splitlines()[-5:])
        raise ResolverFailedError(f"uv ended without an answer:\n{last or 'no output'}")
    derivation = re.sub(r"\s+", " ", said.partition("No solution found")[2]).strip()
    return Refusal(_PREAMBLE.sub("", derivation))


def lines_of(pins: Mapping[str, str]) -> str:
    """The pins as lines `name==version`."""
    return "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()))


def read_pins(text: str) -> Pins:
    """The pins of a requirements text that uv wrote."""
    pins: Pins = {}
    for line in text.splitlines():
        if not line.strip() or line[0] in " \t#-":
            continue
        try:
            requirement = Requirement(line.removesuffix("\\").strip())
        except InvalidRequirement:
            raise ResolverFailedError(f"uv wrote a line that is no requirement: {line}") from None
        versions = [each.version for each in requirement.specifier]
        if requirement.url or len(versions) != 1:
            raise ResolverFailedError(f"{requirement.name} is not pinned to a version: {line}")
        pins[canonicalize_name(requirement.name)] = versions[0]
    return pins
