"""What every engine can do. One small abstract class; one file for each engine beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amun_core.plan import BuildPlan, ImageFacts, RunPlan

#: Receives (section, text) pieces of the build log. Never raises: a full disk must not fail a build.
LogSink = Callable[[str, str], None]

#: Asked often while work goes on; true as soon as the work shall stop (cancelled, lease lost, drain).
ShouldStop = Callable[[], bool]


#: What a run may leave in its own folder: bytes on disk, and files and folders.
FOLDER_BYTES = 1024**3
FOLDER_ENTRIES = 100_000
#: Largest single file that a run may write, bytes.
LARGEST_FILE_BYTES = 256 * 1024**2
#: Time between two looks at the folder of a run, s; at least so many times the time of a look.
FOLDER_SECONDS, FOLDER_SHARE = 1.0, 50


class StoppedError(Exception):
    """`should_stop` became true; whatever ran was ended and removed."""


@dataclass(frozen=True, slots=True)
class EngineProbe:
    """Whether an engine works here, found by a trial run, and why not."""

    name: str
    usable: bool
    version: str = ""
    why: str = ""
    capabilities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A distribution found in an environment."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Environment:
    """A run-time environment that is ready for runs."""

    key: str
    location: str  # folder of the environment store, or image id
    digest: str  # digest of what is in it: image id, or hash of the store's manifest
    installed: tuple[InstalledPackage, ...]
    reused: bool
    build_seconds: float
    artifacts: Mapping[str, str] = field(default_factory=dict)  # name -> "sha256:..." if known


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run reads and writes: `request` is read-only to the run, `output` is written by it.

    The engine captures `stdout` and `stderr` (each cut at RunPlan.limits.output_bytes + 1 byte, so
    that an overflow is seen); `result` is the JSON document that `pis` writes.
    """

    root: Path

    @property
    def request(self) -> Path:
        return self.root / "in" / "request.json"

    @property
    def script(self) -> Path:
        return self.root / "in" / "script.py"

    @property
    def result(self) -> Path:
        return self.root / "out" / "result.json"

    @property
    def stdout(self) -> Path:
        return self.root / "stdout"

    @property
    def stderr(self) -> Path:
        return self.root / "stderr"


@dataclass(frozen=True, slots=True)
class RunLabels:
    """Who a process or container belongs to; containers carry these as labels."""

    installation_id: str
    inspection_id: str
    fence: int
    run_index: int


@dataclass(frozen=True, slots=True)
class RunExit:
    """How a run ended, seen from outside."""

    exit_code: int | None
    signal: int | None
    oom_killed: bool
    timed_out: bool
    output_overflow: bool
    wall_seconds: float
    peak_rss_bytes: int | None
    crowded: bool = False  # ended for more processes and threads than its limit
    wrote_too_much: bool = False  # ended for more than FOLDER_BYTES or FOLDER_ENTRIES in its folder
    disk_full: bool = False  # what it printed could not be kept


class Engine(ABC):
    """Makes environments and runs indicators in them.

    Every method raises `amun_core.errors.AttemptFailedError` where the failure is knowledge
    (its reason says whose), and `EngineError` where the engine itself is at fault.
    """

    name: str

    @abstractmethod
    def probe(self) -> EngineProbe:
        """Find out by a trial whether this engine works here. Never raises."""

    @abstractmethod
    def image_facts(self, base: str | None, python_version: str | None) -> ImageFacts:
        """Resolve `base` (None: this host) to its digest and interpreter, before planning."""

    @abstractmethod
    def find(self, plan: BuildPlan) -> Environment | None:
        """The ready environment of this plan if this host's cache has it, else None."""

    @abstractmethod
    def prepare(self, plan: BuildPlan, log: LogSink, should_stop: ShouldStop) -> Environment:
        """Make the environment of this plan, or find it. Raises StoppedError when told to stop."""

    @abstractmethod
    def verify(self, plan: BuildPlan, environment: Environment) -> tuple[str, ...]:
        """Differences between what is stored and what was built, each named; () if there is none."""

    @abstractmethod
    def discard(self, plan: BuildPlan, environment: Environment) -> None:
        """Take the environment out of use, so that the next `prepare` makes it again."""

    @abstractmethod
    def run(
        self,
        plan: RunPlan,
        build: BuildPlan,
        environment: Environment,
        folder: RunFolder,
        labels: RunLabels,
        should_stop: ShouldStop,
    ) -> RunExit:
        """Make one run in a fresh process or container and wait for its end.

        On return nothing of the run is left: no process, no container. Raises StoppedError.
        """

    @abstractmethod
    def remove_leftovers(
        self, installation_id: str, alive: Collection[tuple[str, int]]
    ) -> list[str]:
        """End and remove what earlier workers of this installation left behind.

        `alive` holds the (inspection id, fence) pairs whose leases are valid: these are kept.
        Returns one line for each thing removed.
        """
