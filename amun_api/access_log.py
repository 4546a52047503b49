"""Structured logging: one JSON line a request on standard error, without headers and queries."""

from __future__ import annotations

import logging
import sys

import structlog

from amun_core.redaction import redact_event

logger = structlog.get_logger("amun_api.access")


def configure_logging() -> None:
    """JSON lines on standard error, for this process. Called by the entry point only."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def log_request(
    *, request_id: str, method: str, path: str, status: int, seconds: float, remote: str | None
) -> None:
    """One line for one request. A query may carry what is nobody's business: it stays out."""
    logger.info(
        "request",
        action="request",
        request_id=request_id,
        method=method,
        path=path,
        status=status,
        duration_ms=round(seconds * 1000, 3),
        remote=remote,
    )
