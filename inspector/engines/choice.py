"""Which engine carries out a specification, and why. What this host cannot do is said first."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from amun_core.errors import AttemptFailedError
from amun_core.specification import EngineChoice, Specification
from amun_core.states import FailureReason
from inspector.engines.base import Engine, EngineProbe

EngineName = Literal["process", "container"]

#: An engine that works is tried again after this time, s; the trial run costs up to a second.
USABLE_SECONDS = 600.0
#: An engine that does not work is tried again after this time, s.
UNUSABLE_SECONDS = 60.0


class EngineShelf:
    """The engines of this host, and what their trial runs said."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self._engines = dict(engines)
        self._probes: dict[str, tuple[float, EngineProbe]] = {}
        self._locks = {name: threading.Lock() for name in engines}

    def names(self) -> tuple[str, ...]:
        """The names of all engines, whether they work or not."""
        return tuple(self._engines)

    def get(self, name: str) -> Engine:
        """The engine of this name."""
        engine = self._engines.get(name)
        if engine is None:
            raise AttemptFailedError(
                FailureReason.ENGINE_UNAVAILABLE,
                f"this host has no engine {name!r}; known: {', '.join(self._engines)}",
            )
        return engine

    def probe(self, name: str) -> EngineProbe:
        """Whether the engine works, by a trial run that is remembered for a while."""
        engine = self.get(name)
        with self._locks[name]:
            known = self._probes.get(name)
            if known is not None:
                found_at, probe = known
                keep = USABLE_SECONDS if probe.usable else UNUSABLE_SECONDS
                if time.monotonic() - found_at < keep:
                    return probe
            probe = engine.probe()
            self._probes[name] = (time.monotonic(), probe)
            return probe

    def forget(self, name: str) -> None:
        """The engine failed: try it again before it is chosen the next time."""
        with self._locks[name]:
            self._probes.pop(name, None)

    def known_probes(self) -> tuple[EngineProbe, ...]:
        """What the trial runs so far said; starts none."""
        return tuple(probe for _, probe in tuple(self._probes.values()))


@dataclass(frozen=True, slots=True)
class EngineChosen:
    """The engine that was taken, and why, in words."""

    name: EngineName
    engine: Engine
    why: str


def choose_engine(specification: Specification, shelf: EngineShelf) -> EngineChosen:
    """The engine for this specification. AttemptFailedError where this host has none."""
    if specification.engine is EngineChoice.PROCESS:
        return _asked(specification, shelf, "process")
    if specification.engine is EngineChoice.CONTAINER:
        return _asked(specification, shelf, "container")
    container = shelf.probe("container")
    if container.usable:
        why = f"the trial run of {container.version or 'the container engine'} worked"
        return EngineChosen("container", shelf.get("container"), why)
    if specification.base is not None:
        raise AttemptFailedError(
            FailureReason.ENGINE_UNAVAILABLE,
            f"the base image {specification.base!r} needs a container engine, "
            f"and none works on this host: {container.why}",
        )
    process = shelf.probe("process")
    if not process.usable:
        raise AttemptFailedError(
            FailureReason.ENGINE_UNAVAILABLE,
            f"no engine works on this host: container: {container.why}; process: {process.why}",
        )
    why = f"no container engine works on this host ({container.why})"
    return EngineChosen("process", shelf.get("process"), why)


def _asked(specification: Specification, shelf: EngineShelf, name: EngineName) -> EngineChosen:
    if name == "process" and specification.base is not None:
        raise AttemptFailedError(
            FailureReason.BASE_IMAGE_UNSUITABLE,
            f"the process engine runs on this host itself, never on the base image "
            f"{specification.base!r}",
            hint="Ask for the engine 'container' (or 'auto'), or leave the base out.",
        )
    probe = shelf.probe(name)
    if not probe.usable:
        raise AttemptFailedError(
            FailureReason.ENGINE_UNAVAILABLE,
            f"the engine {name!r} does not work on this host: {probe.why}",
        )
    return EngineChosen(name, shelf.get(name), "asked for in the specification")
