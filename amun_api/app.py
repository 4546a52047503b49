"""The application factory: the door of the service. It parses, stores and answers."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, g, request
from flask_openapi3 import Info, OpenAPI, Server
from flask_openapi3.models import OPENAPI3_REF_TEMPLATE
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from amun_api import compatibility, debugging, probes
from amun_api.access_log import log_request
from amun_api.auth import Guard
from amun_api.compatibility_models import CompatibilityError, PublishedSpecification
from amun_api.errors import register_error_handlers
from amun_api.headers import SECURITY_HEADERS
from amun_api.indicator_catalogue import IndicatorCatalogue
from amun_api.metrics import Metrics
from amun_api.pages import reference
from amun_api.parameters import refuse_parameters
from amun_api.readiness import Readiness
from amun_api.service import EXTENSION, Service
from amun_api.v1 import (
    comparisons,
    hosts,
    indicators,
    inspections,
    progress,
    service_status,
    stacks,
    summaries,
    sweeps,
)
from amun_api.v1.models import Problem, ShownSpecification
from amun_api.version import VERSION
from amun_core.comparison import ComparisonRequest
from amun_core.settings import Settings
from amun_core.specification import Specification
from amun_core.stack_request import StackQuestion
from amun_core.sweep import SweepRequest
from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore

#: Every part of the API. A new part is a module with an `api`, named here.
PARTS = (
    inspections.api,
    progress.api,
    summaries.api,
    comparisons.api,
    stacks.api,
    sweeps.api,
    hosts.api,
    indicators.api,
    service_status.api,
    probes.api,
    compatibility.api,
    debugging.api,
    probes.compatibility_api,
)
#: What the library is not told by a view: bodies that the view reads itself, errors of their own
#: type of content; and what it would cut: its model of a schema knows no patternProperties.
_WHOLE_MODELS: tuple[tuple[type[BaseModel], JsonSchemaMode], ...] = (
    (Specification, "validation"),
    (ComparisonRequest, "validation"),
    (StackQuestion, "validation"),
    (SweepRequest, "validation"),
    (PublishedSpecification, "validation"),
    (CompatibilityError, "serialization"),
    (ShownSpecification, "serialization"),
)
_DESCRIPTION = (
    "Amun measures which fully pinned software stack runs a program fastest. Times are RFC 3339 "
    "UTC; units stand in the names. Every answer carries X-Request-ID; errors of the project's own "
    "API are problem details (RFC 9457), those of the compatibility routes {error, parameters}."
)

_SECURITY_ITEMS = tuple(SECURITY_HEADERS.items())
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@lru_cache(maxsize=1)
def documented() -> dict[str, Any]:
    """The OpenAPI document; it depends on nothing but the code."""
    app = _routed()
    _, definitions = models_json_schema(_WHOLE_MODELS, ref_template=OPENAPI3_REF_TEMPLATE)
    app.components_schemas.update(definitions["$defs"])
    return app.api_doc


def _routed() -> OpenAPI:
    """An application with all routes and nothing behind them."""
    app = OpenAPI(
        "amun_api",
        info=Info(title="Amun", version=VERSION, description=_DESCRIPTION),
        servers=[Server(url="/")],
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        # either is enough: on loopback no token is needed
        openapi_extensions={"security": [{}, {"token": []}]},
        validation_error_status=400,
        validation_error_model=Problem,
        validation_error_callback=refuse_parameters,
        doc_ui=False,  # the library's pages need scripts and addresses of others
        static_folder=None,
        template_folder="pages/templates",
    )
    # "/inspections//log" is no other name of anything: no redirects are made up
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    for part in PARTS:
        app.register_api(part)
    return app


def create_app(
    settings: Settings, store: GraphStore | None = None, queries: GraphQueries | None = None
) -> Flask:
    """The application. Raises SettingsError where the settings would leave the door open."""
    app = _routed()
    url = settings.resolved_database_url
    store = store if store is not None else GraphStore(url)
    queries = queries if queries is not None else GraphQueries(url)
    metrics = Metrics(queries.counts, queries.outbox_length, queries.comparison_counts)
    readiness = Readiness(store, queries, settings)
    app.extensions[EXTENSION] = Service(
        settings, store, queries, IndicatorCatalogue(), metrics, readiness
    )
    reference.register(app, documented)
    register_error_handlers(app)
    _watch_requests(app, Guard(settings), metrics)
    _refuse_what_would_be_lost(app, readiness)
    return app


def _refuse_what_would_be_lost(app: Flask, readiness: Readiness) -> None:
    """Take nothing while the database would not keep it: what /readyz says holds for POST as well."""

    def check() -> None:
        rule = request.url_rule
        if request.method == "POST" and rule is not None and "/_debug/" not in rule.rule:
            readiness.require_storage()

    app.before_request(check)


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
