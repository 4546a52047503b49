"""The index that a question is answered from: configured, cached, or frozen in a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from amun_core.index_map import IndexMap
from amun_core.index_reader import read_index_settings
from amun_core.index_settings import IndexSettings
from amun_core.settings import Settings
from dependency_monkey.answers.asked import Tell
from dependency_monkey.index.cache import IndexCache
from dependency_monkey.index.client import IndexClient, Progress, Source
from dependency_monkey.index.opening import Surroundings, default_cache_folder
from dependency_monkey.index.snapshot import Snapshot


def surroundings(*, index: str | None, cache: Path | None) -> Surroundings:
    """What this host says of indexes; `index` takes the place of pip's own."""
    settings = read_index_settings(IndexSettings)
    return Surroundings(
        settings=replace(settings, index_url=index) if index else settings,
        index_map=IndexMap.parse(Settings.from_environment().index_map),
        cache_folder=cache or default_cache_folder(),
    )


def frozen_index(names: Iterable[str], snapshot: Snapshot, tell: Tell) -> IndexClient:
    """A client that answers from a snapshot alone."""
    return IndexClient(
        [Source(name, "") for name in names],
        IndexCache(Path()),
        snapshot=snapshot,
        on_progress=reading(tell),
    )


def reading(tell: Tell) -> Callable[[Progress], None]:
    """Tells how far the reading is."""

    def progress(seen: Progress) -> None:
        figures = {
            "packages": seen.projects,
            "versions": seen.files,
            "requests": seen.requests,
        }
        tell("reading the index", figures)

    return progress
