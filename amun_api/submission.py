"""From an unchecked document to a stored inspection: the same way for both surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amun_api.indicator_catalogue import IndicatorCatalogue
from amun_api.service import service
from amun_api.surfaces import Surface
from amun_core.errors import Fault, IdempotencyConflictError, InvalidSpecificationError
from amun_core.lock import lock_digest
from amun_core.normalisation import ParsedSpecification, parse_specification
from knowledge_graph.records import CreatedInspection, InspectionView, NewInspection


@dataclass(frozen=True, slots=True)
class Submission:
    """What was stored, and how the document was understood."""

    created: CreatedInspection
    parsed: ParsedSpecification


def check_document(
    document: Any, surface: Surface, catalogue: IndicatorCatalogue
) -> ParsedSpecification:
    """Every fault of the document at once, those of the indicator's parameters among them."""
    settled, faults = catalogue.settle(document)
    given = catalogue.given_parameters(document)
    try:
        parsed = parse_specification(settled, surface=surface.value, given_parameters=given)
    except InvalidSpecificationError as error:
        raise _with_faults(faults, error.faults, error.hint) from None
    if faults:
        raise _with_faults(faults, (), None)
    return parsed


def submit(document: Any, surface: Surface, key: str | None) -> Submission:
    """Check the document and store it with its announcement, in one transaction."""
    own = service()
    parsed = check_document(document, surface, own.catalogue)
    created = own.store.create_inspection(new_inspection(parsed, surface), idempotency_key=key)
    if created.replayed:
        _check_repeats(own.queries.inspection(created.inspection_id), parsed, surface)
    return Submission(created, parsed)


def _check_repeats(view: InspectionView, parsed: ParsedSpecification, surface: Surface) -> None:
    """The hash leaves out labels and identifier: a key stands for the whole request."""
    if (view.specification, view.surface) != (parsed.canonical, surface.value):
        raise IdempotencyConflictError(
            f"the idempotency key was used for another request, which made {view.inspection_id}",
            hint="send a new key with a new request",
        )


def shown_warnings(parsed: ParsedSpecification) -> list[dict[str, str]]:
    """How sloppy input was understood."""
    return [{"pointer": warning.pointer, "message": warning.message} for warning in parsed.warnings]


def new_inspection(
    parsed: ParsedSpecification, surface: Surface, *, runs: int | None = None
) -> NewInspection:
    """What is stored of a checked specification; `runs` where it does not say them itself."""
    specification = parsed.specification
    indicator = specification.indicator
    return NewInspection(
        identifier=specification.identifier,
        surface=surface.value,
        specification=parsed.canonical,
        specification_hash=parsed.hash,
        lock_digest=lock_digest(parsed.lock) if parsed.lock is not None else None,
        warnings=shown_warnings(parsed),
        labels=specification.labels,
        indicator=indicator.name if indicator else None,
        framework=indicator.framework if indicator else None,
        engine=specification.engine.value,
        runs=specification.runs if runs is None else runs,
    )


def _with_faults(
    first: tuple[Fault, ...], then: tuple[Fault, ...], hint: str | None
) -> InvalidSpecificationError:
    named = {fault.pointer for fault in first}
    faults = first + tuple(fault for fault in then if fault.pointer not in named)
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    place = faults[0].pointer or "the document"
    return InvalidSpecificationError(
        f"the specification is not valid: {place}: {faults[0].message}{more}",
        faults=faults,
        hint=hint,
    )
