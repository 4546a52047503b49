"""From an unchecked document to a stored comparison: measured later, or judged at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from amun_api.service import service
from amun_api.stored_arms import StoredArm, judge, stored_arm
from amun_api.submission import check_document, new_inspection
from amun_api.surfaces import Surface
from amun_core.comparison import ARMS, ComparisonKind, EndedBecause, ParsedArm, ParsedComparison
from amun_core.comparison_intake import parse_comparison
from amun_core.errors import Fault, InvalidComparisonError, InvalidInputError, NotFoundError
from amun_core.normalisation import ParsedSpecification
from knowledge_graph.comparison_records import (
    CreatedComparison,
    NewArm,
    NewComparison,
    Outcome,
)

_SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class ComparisonSubmission:
    """What was stored, and how the document was understood."""

    created: CreatedComparison
    parsed: ParsedComparison


def submit_comparison(document: Any, key: str | None) -> ComparisonSubmission:
    """Check the request and store it with its arms, in one transaction."""
    own = service()
    read = partial(check_document, surface=Surface.V1, catalogue=own.catalogue)
    parsed = parse_comparison(document, read)
    if parsed.stored:
        return ComparisonSubmission(_store_judgement(parsed, key), parsed)
    new = _new_comparison(parsed, _seed(parsed))
    a, b = (_new_arm(parsed, variant) for variant in range(len(ARMS)))
    return ComparisonSubmission(own.store.create_comparison(new, a, b, idempotency_key=key), parsed)


def _seed(parsed: ParsedComparison) -> int:
    given = parsed.settings.seed
    return secrets.randbits(_SEED_BITS) if given is None else given


def _new_comparison(parsed: ParsedComparison, seed: int | None) -> NewComparison:
    settings = parsed.settings
    return NewComparison(
        identifier=settings.identifier,
        request_hash=parsed.hash,
        kind=settings.kind,
        band=settings.band,
        maximum_blocks=parsed.maximum_blocks,
        maximum_seconds=settings.maximum_seconds,
        condition=parsed.condition,
        wait_quiet_seconds=settings.wait_quiet_seconds,
        seed=seed,
        a_name=parsed.a.name,
        b_name=parsed.b.name,
        labels=settings.labels,
        warnings=[
            {"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings
        ],
    )


def _new_arm(parsed: ParsedComparison, variant: int) -> NewArm:
    specification = _specification((parsed.a, parsed.b)[variant])
    calibration = parsed.settings.kind is ComparisonKind.CALIBRATION
    # how many runs it has grows with the blocks
    new = new_inspection(specification, Surface.V1, runs=0)
    return NewArm(new, variant if calibration else 0)


def _specification(arm: ParsedArm) -> ParsedSpecification:
    if arm.specification is None:
        raise InvalidComparisonError("an arm that is measured needs a specification")
    return arm.specification


def _store_judgement(parsed: ParsedComparison, key: str | None) -> CreatedComparison:
    own = service()
    a, b = _stored_arms(parsed)
    document = judge(a, b, parsed.settings.band, own.queries.calibrations())
    return own.store.store_comparison(
        _new_comparison(parsed, None),
        a.view.inspection_id,
        b.view.inspection_id,
        Outcome(EndedBecause.STORED, document),
        idempotency_key=key,
    )


def _stored_arms(parsed: ParsedComparison) -> tuple[StoredArm, StoredArm]:
    """Both inspections with their runs; every fault of both at once."""
    queries = service().queries
    found: list[StoredArm] = []
    faults: list[Fault] = []
    for name, arm in zip(ARMS, (parsed.a, parsed.b), strict=True):
        try:
            found.append(stored_arm(queries, arm.inspection or ""))
        except (NotFoundError, InvalidInputError) as error:
            faults.append(Fault(f"/{name}/inspection", str(error), error.hint))
    if len(found) == len(ARMS) and found[0].view.inspection_id == found[1].view.inspection_id:
        faults.append(Fault("/b/inspection", "is the inspection that a names too"))
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise InvalidComparisonError(
            f"the comparison is not valid: {faults[0].pointer}: {faults[0].message}{more}",
            faults=faults,
        )
    return found[0], found[1]
