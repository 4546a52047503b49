"""Comparisons: ask for one, list them, look at one and its blocks, cancel it."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from amun_api.body import read_json, require_json_type
from amun_api.comparison_submission import submit_comparison
from amun_api.conditional import fresh, unchanged
from amun_api.documentation import faults, json_body, part
from amun_api.json_answer import accepted_answer, json_answer, next_page
from amun_api.parameters import IdempotencyHeader
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_api.v1 import comparison_models, models
from amun_api.v1.comparison_parameters import ComparisonPath, ComparisonQuery
from amun_api.v1.comparison_presentation import (
    Evidence,
    comparison_path,
    shown_block,
    shown_comparison,
)
from amun_api.v1.parameters import ConditionalHeader
from amun_core.comparison import COMPARISON_SCHEMA, ComparisonRequest
from knowledge_graph.comparison_records import ComparisonView

api = part("comparisons", "comparison", Surface.V1)

_ARM: dict[str, Any] = {
    "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 256}}
}


def _arm(version: str) -> dict[str, Any]:
    lock = {"format": "requirements.txt", "content": f"numpy=={version}\n"}
    specification = {**_ARM, "python": {"lock": lock}}
    return {"name": f"numpy {version}", "specification": specification}


EXAMPLES: dict[str, Any] = {
    "two versions": {"a": _arm("2.4.5"), "b": _arm("2.4.6"), "band": 0.02},
    "calibration": {"kind": "calibration", "a": _arm("2.4.6"), "b": _arm("2.4.6")},
}


@api.post(
    "/api/v1/comparisons",
    description="Two specifications are built, then measured in blocks of fresh runs beside each "
    "other on one host until a verdict, the cap or the time ends it. Two stored inspections are "
    "judged at once by their runs, widened, since they were not interleaved.",
    responses={
        202: comparison_models.AcceptedComparison,
        **faults(Surface.V1, 409, 413, 415, 422),
    },
    openapi_extensions=json_body(
        ComparisonRequest, "What shall be compared: two arms of the same kind.", EXAMPLES
    ),
)
def ask_comparison(header: IdempotencyHeader) -> Response:
    """Compare two stacks, or two stored inspections."""
    submission = submit_comparison(read_json(request), header.key)
    created, parsed = submission.created, submission.parsed
    view = service().queries.comparison(created.comparison_id)
    path = comparison_path(created.comparison_id)
    document = {
        "schema": COMPARISON_SCHEMA,
        "id": created.comparison_id,
        "state": view.state,
        "created_at": created.created_at,
        "warnings": [
            {"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings
        ],
    }
    return accepted_answer(document, path, replayed=created.replayed)


@api.get("/api/v1/comparisons", responses={200: comparison_models.ComparisonList})
def list_comparisons(query: ComparisonQuery) -> Response:
    """List comparisons, newest first."""
    page = service().queries.comparison_page(cursor=query.cursor, limit=query.limit)
    evidence = _evidence(*page.comparisons)
    document = {
        "schema": "amun.comparisons/1",
        "comparisons": [
            shown_comparison(view, evidence[view.comparison_id]) for view in page.comparisons
        ],
        "next_cursor": page.next_cursor,
    }
    return json_answer(document, headers=next_page([("limit", query.limit)], page.next_cursor))


@api.get(
    "/api/v1/comparisons/<comparison_id>",
    responses={
        200: comparison_models.Comparison,
        304: models.UNCHANGED,
        **faults(Surface.V1, 404),
    },
)
def show_comparison(path: ComparisonPath, header: ConditionalHeader) -> Response:
    """One comparison: its verdict with the evidence, or how far it is."""
    view = service().queries.comparison(path.comparison_id)
    etag = _etag(view)
    if (answer := unchanged(header.etag, etag)) is not None:
        return answer
    document = shown_comparison(view, _evidence(view)[view.comparison_id])
    return json_answer(document, headers=fresh(etag))


@api.get(
    "/api/v1/comparisons/<comparison_id>/blocks",
    responses={200: comparison_models.BlockList, **faults(Surface.V1, 404)},
)
def list_blocks(path: ComparisonPath) -> Response:
    """Every block of a comparison with its runs."""
    queries = service().queries
    comparison_id = queries.comparison(path.comparison_id).comparison_id
    blocks = queries.blocks(comparison_id)[comparison_id]
    document = {
        "schema": "amun.comparison-blocks/1",
        "blocks": [shown_block(block) for block in blocks],
    }
    return json_answer(document)


@api.post(
    "/api/v1/comparisons/<comparison_id>/cancel",
    responses={
        202: comparison_models.CancelledComparison,
        **faults(Surface.V1, 404, 409, 415),
    },
)
def cancel_comparison(path: ComparisonPath) -> Response:
    """Cancel a comparison. Needs no body; cancelling it again is fine."""
    require_json_type(request, optional=True)
    queries = service().queries
    comparison_id = queries.comparison(path.comparison_id).comparison_id
    service().store.request_cancel_comparison(comparison_id)
    state = queries.comparison(comparison_id).state
    return json_answer({"id": comparison_id, "state": state, "cancel_requested": True}, 202)


def _etag(view: ComparisonView) -> str:
    """Changes with the comparison, with either arm, and with the calibrations of the host."""
    newest = next(iter(service().queries.calibrations(view.a.host_id or "")), None)
    stamps = [view.updated_at, *(arm.updated_at for arm in view.arms)]
    states = "-".join(arm.state[:2] for arm in view.arms)
    runs = "-".join(str(arm.runs_accepted) for arm in view.arms)
    moved = "-".join(f"{stamp.timestamp():.6f}" for stamp in stamps)
    mark = newest.comparison_id if newest else "none"
    return f'W/"{view.sequence}-{moved}-{states}-{runs}-{view.blocks}-{mark}"'


def _evidence(*views: ComparisonView) -> dict[str, Evidence]:
    """What the documents of these comparisons need, each thing read once."""
    queries = service().queries
    arms = {arm.inspection_id: arm for view in views for arm in view.arms}
    blocks = queries.blocks(*(view.comparison_id for view in views))
    runs = {each: queries.arm_values(each) for each in arms}
    digests = {arm.stack_digest for arm in arms.values() if arm.stack_digest}
    packages = {digest: queries.stack_packages(digest) for digest in digests}
    calibrations = queries.calibrations() if views else ()
    return {
        view.comparison_id: Evidence(blocks[view.comparison_id], runs, packages, calibrations)
        for view in views
    }
