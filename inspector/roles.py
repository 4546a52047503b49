"""What each process of the inspector does: dispatcher, builder, measurer, solver, reaper."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from amun_core.settings import Settings
from amun_core.states import AttemptKind
from inspector import host
from inspector.celery_app import COUNTS, make_celery, run_worker
from inspector.dispatcher import CeleryPublisher, Dispatcher
from inspector.drain import Drain
from inspector.engines.base import Engine
from inspector.engines.choice import EngineShelf
from inspector.engines.container import ContainerEngine
from inspector.engines.process import ProcessEngine
from inspector.environments import EnvironmentStore
from inspector.index_settings import IndexSettings, ca_bundle
from inspector.indicators import catalogue_entries, ship_indicators
from inspector.quiet import HostQuiet
from inspector.reaper import Reaper
from inspector.scripts import ScriptSource
from inspector.signs_of_life import signs_of_life
from inspector.solving import Solver
from inspector.tasks import register_task
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
    publisher = CeleryPublisher(make_celery(settings, publishing=True))
    with open_store(settings) as store:
        dispatcher = Dispatcher(store, publisher, settings)
        if once:
            dispatcher.once()
            return 0
        drain = Drain()
        drain.on_signals()
        publisher.connect()
        with signs_of_life(
            store,
            "dispatcher",
            lambda: {"published": dispatcher.published, "trouble": dispatcher.trouble},
        ):
            dispatcher.loop(drain)
    return 0


def reap(settings: Settings, *, once: bool = False) -> int:
    """Take back what dead workers left."""
    installation_id = host.installation_id(settings.home)
    engines = make_engines(settings, installation_id, ship_indicators(settings.home))
    with open_store(settings) as store:
        reaper = Reaper(store, engines.values(), settings, installation_id)
        if once:
            reaper.once()
            return 0
        drain = Drain()
        drain.on_signals()
        with signs_of_life(
            store, "reaper", lambda: {"reaped": reaper.reaped, "removed": reaper.removed}
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
        with signs_of_life(store, "solver", lambda: {"answered": solver.answered}):
            solver.loop()
    return 0


def work(settings: Settings, role: str) -> int:
    """Build or measure until SIGTERM; the work in hand is given back."""
    kind = WORKERS[role]
    log = structlog.get_logger(__name__)
    with open_store(settings) as store:
        workplace = open_workplace(settings, store, role)
        workplace.drain.on_worker_shutdown()
        application = make_celery(settings)
        register_task(application, workplace, kind)
        ready: list[str] = []
        warm_up = workplace.warm_up()

        def detail() -> Mapping[str, Any]:
            return worker_detail(workplace, ready=bool(ready))

        with signs_of_life(store, role, detail) as beat:
            store.save_host(workplace.host.host_id, workplace.describe().model_dump(mode="json"))
            if kind is AttemptKind.BUILD:
                store.save_indicators(catalogue_entries())

            def on_ready() -> None:
                # the first inspection shall not pay for facts that can be known before it comes
                warm_up.join()
                ready.append(role)
                log.info("ready", role=role)
                beat()

            return run_worker(
                application,
                kind,
                name=workplace.worker,
                concurrency=settings.build_concurrency if kind is AttemptKind.BUILD else 1,
                on_ready=on_ready,
            )


def worker_detail(workplace: Workplace, *, ready: bool) -> dict[str, Any]:
    """What `amun status` shows of a worker: its engines, whether they work, and why not."""
    return {
        "host": workplace.host.hostname,
        "host_id": workplace.host.host_id,
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
        "tasks": dict(COUNTS),
    }
