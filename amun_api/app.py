"""The application factory: the door of the service. It parses, stores and answers."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, g, request

from amun_api import compatibility, debugging, probes
from amun_api.access_log import log_request
from amun_api.auth import Guard
from amun_api.errors import register_error_handlers
from amun_api.indicator_catalogue import IndicatorCatalogue
from amun_api.metrics import Metrics
from amun_api.openapi import openapi_document
from amun_api.pages import reference
from amun_api.routes import Route, Routes
from amun_api.service import EXTENSION, Service
from amun_api.v1 import indicators, inspections, progress
from amun_api.version import VERSION
from amun_core.settings import Settings
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore

#: Every part of the API. A new part is a module with `routes`, named here.
PARTS: tuple[Routes, ...] = (
    inspections.routes,
    progress.routes,
    indicators.routes,
    compatibility.routes,
    debugging.routes,
    probes.routes,
    probes.compatibility_routes,
)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Amun-Version": VERSION,
}
_SECURITY_ITEMS = tuple(SECURITY_HEADERS.items())
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def all_routes() -> tuple[Route, ...]:
    """Every documented route of the service."""
    return tuple(route for part in PARTS for route in part.collected)


@lru_cache(maxsize=1)
def documented() -> dict[str, Any]:
    """The OpenAPI document of every route; it depends on nothing but the code."""
    return openapi_document(all_routes())


def create_app(
    settings: Settings, store: GraphStore | None = None, queries: GraphQueries | None = None
) -> Flask:
    """The application. Raises SettingsError where the settings would leave the door open."""
    app = Flask("amun_api", static_folder=None, template_folder="pages/templates")
    # "/inspections//log" is no other name of anything: no redirects are made up
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    url = settings.resolved_database_url
    store = store if store is not None else GraphStore(url)
    queries = queries if queries is not None else GraphQueries(url)
    metrics = Metrics(queries.counts, lambda: len(store.pending_outbox(limit=100_000)))
    app.extensions[EXTENSION] = Service(settings, store, queries, IndicatorCatalogue(), metrics)
    for part in PARTS:
        part.register(app)
    reference.register(app, documented())
    register_error_handlers(app)
    _watch_requests(app, Guard(settings), metrics)
    return app


def _watch_requests(app: Flask, guard: Guard, metrics: Metrics) -> None:
    """Guard every request before it is looked at; count, sign and log every answer."""

    def begin() -> None:
        g.started = time.perf_counter()
        offered = request.environ.get("HTTP_X_REQUEST_ID", "")
        g.request_id = offered if _REQUEST_ID.fullmatch(offered) else os.urandom(8).hex()
        guard.check(request)

    def end(response: Response) -> Response:
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        request_id: str = g.request_id
        headers = response.headers
        headers.extend(_SECURITY_ITEMS)
        headers.add("X-Request-ID", request_id)
        headers.setdefault("Cache-Control", "no-store")
        seconds = time.perf_counter() - g.started
        rule, status = asked.url_rule, response.status_code
        if rule is None:  # made-up methods and paths must not make up series
            metrics.observe("none", "any", status, seconds)
        else:
            metrics.observe(rule.rule, asked.method, status, seconds)
        log_request(
            request_id=request_id,
            method=asked.method,
            path=asked.path,
            status=status,
            seconds=seconds,
            remote=asked.remote_addr,
        )
        return response

    app.before_request(begin)
    app.after_request(end)
