"""What a builder or a measurer works with: made once when the process starts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from amun_core.hardware import HostDescription
from amun_core.plan import HostFacts
from amun_core.settings import Settings
from inspector.drain import Drain
from inspector.engines.choice import EngineShelf
from inspector.quiet import HostQuiet
from inspector.scripts import ScriptSource
from knowledge_graph.store import GraphStore


@dataclass(frozen=True)
class Workplace:
    """Settings, store, engines and the facts of this host.

    `describe` and `hardware_info` are slow the first time and remembered afterwards.
    """

    settings: Settings
    store: GraphStore
    engines: EngineShelf
    host: HostFacts
    describe: Callable[[], HostDescription]
    hardware_info: Callable[[], Mapping[str, Any]]
    installation_id: str
    worker: str
    quiet: HostQuiet
    scripts: ScriptSource
    drain: Drain = field(default_factory=Drain)

    @property
    def measuring_owner(self) -> str:
        """Who holds the host's measuring lease: this installation.

        Not this process: a measurer that was killed leaves the lease to its successor at once.
        Within the installation `quiet` keeps two measurers apart.
        """
        return self.installation_id

    def cuda_version(self) -> str | None:
        """The CUDA version of this host's first accelerator."""
        versions = (one.runtime_version for one in self.describe().accelerators)
        return next((version for version in versions if version), None)

    def warm_up(self) -> threading.Thread:
        """Find out the slow facts in the background, before the first inspection needs them."""
        thread = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        log = structlog.get_logger(__name__)
        try:
            self.hardware_info()
            self.describe()
            for name in self.engines.names():
                probe = self.engines.probe(name)
                log.info("engine_tried", engine=name, usable=probe.usable, why=probe.why)
        except Exception:  # each fact is asked for again where it is needed
            log.exception("warm_up_failed")
