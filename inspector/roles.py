"""What each process of the inspector does: dispatcher, builder, measurer, solver, reaper."""

from __future__ import annotations

import platform
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector import host
from inspector.dispatcher import Dispatcher
from inspector.drain import Drain
from inspector.engines.base import Engine
from inspector.engines.choice import EngineShelf
from inspector.engines.container import ContainerEngine
from inspector.engines.process import ProcessEngine
from inspector.environments import EnvironmentStore
from inspector.hints import Broker, Waker, queue_of
from inspector.index_settings import IndexSettings, ca_bundle
from inspector.indicators import catalogue_entries, ship_indicators
from inspector.looking import Looker, NextBuild, NextMeasurement
from inspector.quiet import HostQuiet
from inspector.reaper import Reaper
from inspector.scripts import ScriptSource
from inspector.signs_of_life import Speaker, signs_of_life
from inspector.solving import Solver
from inspector.workplace import Workplace
from knowledge_graph import database
from knowledge_graph.store import GraphStore

#: The worker of each kind, by the name of its process.
WORKERS = {"builder": AttemptKind.BUILD, "measurer": AttemptKind.MEASURE}


def open_store(settings: Settings) -> GraphStore:
    """The store, after a look whether its schema fits this program."""
    database.check(settings.resolved_database_url)
    return GraphStore(settings.resolved_database_url)


def make_engines(settings: Settings, installation_id: str, pis_folder: Path) -> dict[str, Engine]:
    """Every engine of this host, whether it works or not."""
    environments = EnvironmentStore(
        settings.resolved_environment_store, maximum_bytes=settings.environment_store_bytes
    )
    made: list[Engine] = [
        kind(settings, environments, installation_id, pis_folder)
        for kind in (ProcessEngine, ContainerEngine)
    ]
    return {engine.name: engine for engine in made}


def open_workplace(settings: Settings, store: GraphStore, role: str) -> Workplace:
    """What a builder or a measurer works with."""
    home = settings.home
    installation_id = host.installation_id(home)
    return Workplace(
        settings=settings,
        store=store,
        engines=EngineShelf(make_engines(settings, installation_id, ship_indicators(home))),
        host=host.host_facts(home),
        describe=cache(lambda: host.describe_host(home)),
        hardware_info=cache(lambda: host.hardware_info(home)),
        installation_id=installation_id,
        worker=f"{role}@{platform.node()}",
        quiet=HostQuiet(home),
        # asking pip takes a quarter of a second, and only builders read scripts
        scripts=ScriptSource(
            ca_bundle=ca_bundle(IndexSettings.read()) if role == "builder" else None
        ),
    )


def dispatch(settings: Settings, *, once: bool = False) -> int:
    """Carry hints from the outbox to the broker."""
    with open_store(settings) as store:
        dispatcher = Dispatcher(store, Broker(settings.broker_url), settings)
        if once:
            dispatcher.once()
            return 0
        drain = Drain()
        drain.on_signals()
        with signs_of_life(
            store,
            Speaker.of("dispatcher", settings, drain),
            lambda: {"published": dispatcher.published, "trouble": dispatcher.trouble},
        ):
            dispatcher.loop(drain)
    return 0


def reap(settings: Settings, *, once: bool = False) -> int:
    """Take back what dead workers left."""
    installation_id = host.installation_id(settings.home)
    engines = make_engines(settings, installation_id, ship_indicators(settings.home))
    with open_store(settings) as store:
        reaper = Reaper(
            store,
            engines.values(),
            settings,
            installation_id,
            host_id=host.host_id(settings.home),
        )
        if once:
            reaper.once()
            return 0
        drain = Drain()
        drain.on_signals()
        with signs_of_life(
            store,
            Speaker.of("reaper", settings, drain),
            lambda: {"reaped": reaper.reaped, "removed": reaper.removed},
        ):
            reaper.loop(drain)
    return 0


def solve(settings: Settings) -> int:
    """Answer questions about stacks until SIGTERM; the question in hand is given back."""
    drain = Drain()
    drain.on_signals()
    with open_store(settings) as store:
        solver = Solver(
            store,
            settings,
            HostQuiet(settings.home),
            worker=f"solver@{platform.node()}",
            drain=drain,
        )
        speaker = Speaker.of("solver", settings, drain)
        with signs_of_life(store, speaker, lambda: {"answered": solver.answered}):
            solver.loop()
    return 0


def work(settings: Settings, role: str) -> int:
    """Build or measure until SIGTERM; the work in hand is given back."""
    kind = WORKERS[role]
    with open_store(settings) as store:
        workplace = open_workplace(settings, store, role)
        workplace.drain.on_signals()
        lookers = make_lookers(workplace, kind)
        ready: list[str] = []
        warm_up = workplace.warm_up()

        def detail() -> Mapping[str, Any]:
            tasks = sum((looker.counts for looker in lookers), Counter())
            return worker_detail(workplace, ready=bool(ready)) | {"tasks": dict(tasks)}

        speaker = Speaker.of(role, settings, workplace.drain)
        with signs_of_life(store, speaker, detail) as beat:
            store.save_host(workplace.host.host_id, workplace.describe().model_dump(mode="json"))
            if kind is AttemptKind.BUILD:
                store.save_indicators(catalogue_entries())
            else:
                remove_orphans(workplace)
            # the first inspection shall not pay for facts that can be known before it comes
            warm_up.join()
            ready.append(role)
            structlog.get_logger(__name__).info("ready", role=role)
            beat()
            look_until_told(lookers)
    return 0


def remove_orphans(workplace: Workplace) -> None:
    """End what an earlier measurer left running: nothing may run beside the first measurement."""
    engines = [workplace.engines.get(name) for name in workplace.engines.names()]
    Reaper(workplace.store, engines, workplace.settings, workplace.installation_id).remove_orphans()


def make_lookers(workplace: Workplace, kind: AttemptKind) -> list[Looker]:
    """One for each inspection that is worked on at once."""
    settings = workplace.settings
    take = NextBuild(workplace) if kind is AttemptKind.BUILD else NextMeasurement(workplace)
    broker = Broker(settings.broker_url)
    waker = Waker(broker, queue_of(kind, workplace.host.host_id), workplace.drain)
    at_once = settings.build_concurrency if kind is AttemptKind.BUILD else 1
    return [Looker(workplace, take, waker) for _ in range(at_once)]


def look_until_told(lookers: Sequence[Looker]) -> None:
    """Each in a thread of its own, the first one in this."""
    first, *others = lookers
    threads = [threading.Thread(target=one.loop, name="worker") for one in others]
    for thread in threads:
        thread.start()
    first.loop()
    for thread in threads:
        thread.join()


def worker_detail(workplace: Workplace, *, ready: bool) -> dict[str, Any]:
    """What `amun status` shows of a worker: its engines, whether they work, and why not."""
    return {
        "ready": ready,
        "uv": version("uv"),
        "engines": [
            {
                "name": probe.name,
                "usable": probe.usable,
                "why": probe.why,
                "version": probe.version,
                "capabilities": sorted(probe.capabilities),
            }
            for probe in workplace.engines.known_probes()
        ],
    }
