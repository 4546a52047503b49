"""Several hosts of one service on one machine: each with a home, an identity and hardware of its own.

The processes, the database and the broker are real. What one machine cannot have twice is told by
the home: the identity in HOME/host-id, the number of physical CPUs by `AMUN_TEST_PHYSICAL_CPUS`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from amun_core.normalisation import parse_specification
from amun_local import redis_server
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionView, NewInspection
from knowledge_graph.store import GraphStore

PATIENCE = 120.0
SETTINGS = {
    "AMUN_LEASE_SECONDS": "4",
    "AMUN_REAP_INTERVAL_SECONDS": "0.3",
    "AMUN_HOST_GONE_SECONDS": "20",
}
#: Starts an inspector's process on a host that has so many physical CPUs.
_LAUNCHER = """
import os, sys
from inspector import host_files, host_roles
host_files.physical_cpus = lambda *_: int(os.environ["AMUN_TEST_PHYSICAL_CPUS"])
host_roles.COMMAND = (sys.executable, "-P", "-c", os.environ["AMUN_TEST_LAUNCHER"])
from inspector.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Hosts:
    """One service of several hosts."""

    folder: Path
    database_url: str
    broker_url: str
    settings: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = GraphStore(self.database_url)
        self.queries = GraphQueries(self.database_url)

    def home(self, name: str) -> Path:
        return self.folder / name

    def start(self, name: str, role: str, *, physical_cpus: int) -> None:
        """Start `python -m inspector ROLE` on a host."""
        home = self.home(name)
        home.mkdir(exist_ok=True)
        home.joinpath("host-id").write_text(name.ljust(32, "-") + "\n")
        environment = {
            **os.environ,
            **self.settings,
            "AMUN_HOME": str(home),
            "AMUN_DATABASE_URL": self.database_url,
            "AMUN_BROKER_URL": self.broker_url,
            "AMUN_TEST_PHYSICAL_CPUS": str(physical_cpus),
            "AMUN_TEST_LAUNCHER": _LAUNCHER,
        }
        with home.joinpath(f"{role}.log").open("ab") as log:
            self.processes[f"{role}@{name}"] = subprocess.Popen(
                [sys.executable, "-P", "-c", _LAUNCHER, role],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def pid(self, name: str, role: str) -> int | None:
        """The process of this role on this host, once it is ready."""
        for beat in self.queries.service_beats():
            detail = beat["detail"]
            if beat["name"].startswith(f"{role}@") and detail.get("host_id") == self.host_id(name):
                return int(detail["pid"]) if detail.get("ready", True) else None
        return None

    def host_id(self, name: str) -> str | None:
        """The identity that a host gave itself."""
        log = self.home(name) / "host-identity"
        if not log.exists():
            code = (
                "import sys; from pathlib import Path; from inspector.host import host_id; "
                "print(host_id(Path(sys.argv[1])))"
            )
            command = [sys.executable, "-P", "-c", code, str(self.home(name))]
            log.write_text(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout
            )
        return log.read_text().strip()

    def kill(self, name: str, role: str) -> None:
        """SIGKILL, as a power cut of one process."""
        pid = self.pid(name, role)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def until(self, condition: Callable[[], object], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, f"not in {PATIENCE} s: {what}\n{self.logs()}"
            time.sleep(0.02)

    def logs(self) -> str:
        return "\n".join(
            f"== {path}\n{path.read_text()[-2500:]}" for path in self.folder.glob("*/*.log")
        )

    def submit(self, **document: Any) -> str:
        parsed = parse_specification({"engine": "process", "runs": 1, **document}, surface="v1")
        wanted = parsed.specification
        created = self.store.create_inspection(
            NewInspection(
                identifier=None,
                surface="v1",
                specification=parsed.canonical,
                specification_hash=parsed.hash,
                lock_digest=None,
                engine=wanted.engine,
                runs=0 if wanted.build_only else wanted.runs,
            )
        )
        return created.inspection_id

    def view(self, inspection_id: str) -> InspectionView:
        return self.queries.inspection(inspection_id)

    def wait(self, ids: list[str]) -> list[InspectionView]:
        """The inspections after their ends."""
        for inspection_id in ids:
            self.until(
                lambda one=inspection_id: self.view(one).state.terminal, f"{inspection_id} ends"
            )
        return [self.view(one) for one in ids]

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.store.close()
        self.queries.close()


@contextmanager
def running_hosts(folder: Path, database_url: str, cpus: Mapping[str, int]) -> Iterator[Hosts]:
    """A Redis, a dispatcher on the first host, and `python -m inspector host` on each of them."""
    port = free_port()
    redis = subprocess.Popen(
        [
            redis_server.executable(os.environ.get("PATH")),
            *("--port", str(port), "--bind", "127.0.0.1", "--save", ""),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    made = Hosts(folder, database_url, f"redis://127.0.0.1:{port}/0", SETTINGS)
    try:
        made.start(next(iter(cpus)), "dispatcher", physical_cpus=1)
        for name, count in cpus.items():
            made.start(name, "host", physical_cpus=count)
        for name in cpus:
            for role in ("builder", "measurer"):
                made.until(lambda n=name, r=role: made.pid(n, r), f"{role} of {name} is ready")
        yield made
    finally:
        made.close()
        redis.terminate()
        redis.wait()


Span = tuple[float, float]


def idle_waits(hosts: Hosts, ids: list[str]) -> dict[str, list[float]]:
    """How long each claim waited while a host that might have taken it was idle, s, by its kind.

    A measurement may be taken by the host that built it, a build by any host.
    """
    history = {one: _moves(hosts, one) for one in ids}
    busy: dict[str, dict[str, list[Span]]] = {"building": {}, "running": {}}
    waits: list[tuple[str, str, Span]] = []
    for one, moves in history.items():
        host_id = str(hosts.view(one).host_id)
        for (state, at), (following, until) in pairwise(moves):
            if state in busy:
                busy[state].setdefault(host_id, []).append((at, until))
            elif (state, following) in {("queued", "building"), ("built", "running")}:
                waits.append((following, host_id, (at, until)))
    found: dict[str, list[float]] = {"building": [], "running": []}
    for kind, host_id, span in waits:
        takers = [host_id] if kind == "running" else list(busy["building"])
        idle = (_uncovered(span, busy[kind].get(taker, [])) for taker in takers)
        found[kind].append(max(idle, default=0.0))
    return found


def _moves(hosts: Hosts, inspection_id: str) -> list[tuple[str, float]]:
    events = hosts.queries.events(inspection_id)
    return [(event.state_to.value, event.at.timestamp()) for event in events]


def _uncovered(span: Span, others: list[Span]) -> float:
    """The longest piece of `span` that none of the others covers."""
    longest, reached = 0.0, span[0]
    for begin, end in sorted(others):
        if end <= reached or begin >= span[1]:
            continue
        longest = max(longest, begin - reached)
        reached = max(reached, end)
    return max(longest, span[1] - reached)
