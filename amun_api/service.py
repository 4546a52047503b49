"""What the views share: settings, the graph's two faces, the catalogue and the counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from amun_api.indicator_catalogue import IndicatorCatalogue
from amun_api.metrics import Metrics
from amun_api.readiness import Readiness
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore

EXTENSION = "amun"


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a view needs beside the request."""

    settings: Settings
    store: GraphStore
    queries: GraphQueries
    catalogue: IndicatorCatalogue
    metrics: Metrics
    readiness: Readiness


def service() -> Service:
    """The service of the application that answers the present request."""
    return cast("Service", current_app.extensions[EXTENSION])
