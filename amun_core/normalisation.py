"""The one border: an unchecked document becomes a checked specification, or every fault is told.

Two surfaces lead here. On `compatibility` (the prior system's clients) a base is required and one
run is the default; unknown keys are answered with a warning. On `v1` the base may be absent, an
indicator is run until the result is precise (six runs at least) where no number of runs is given, and
an unknown key is a fault, since it is most often a slip of the pen.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from amun_core.document import check_document
from amun_core.errors import InvalidSpecificationError
from amun_core.field_rules import check_fields
from amun_core.identity import canonical_json, digest_text
from amun_core.intake import InputWarning, Intake
from amun_core.lock import Lock
from amun_core.normal_fields import mend_fields
from amun_core.normal_python import read_python
from amun_core.specification import PythonRequest, Specification
from amun_core.validation_faults import add_validation_faults

__all__ = ["InputWarning", "ParsedSpecification", "Surface", "parse_specification"]

Surface = Literal["v1", "compatibility"]

#: Fields that change nothing in the answer: the hash of a specification does not cover them.
NOT_HASHED = frozenset({"labels", "identifier", "script_name", "send_messages", "force_sync"})


@dataclass(frozen=True, slots=True)
class ParsedSpecification:
    """A checked specification.

    `canonical` is its canonical JSON text with all defaults, itself a valid document on both
    surfaces that parses to the same; `hash` covers all of it but labels, identifier, script_name,
    send_messages and force_sync; `lock` is its lock in the internal form.
    """

    specification: Specification
    warnings: tuple[InputWarning, ...]
    canonical: str
    hash: str
    lock: Lock | None


def parse_specification(
    document: Any, *, surface: Surface, given_parameters: Collection[str] | None = None
) -> ParsedSpecification:
    """Check and normalise a document. Raises InvalidSpecificationError with every fault at once.

    `given_parameters` names the indicator's parameters that the user wrote, where defaults have been
    filled into the document since; None: those that stand in it.
    """
    intake = Intake()
    if not check_document(document, intake):
        raise _invalid(intake)
    fields = mend_fields(document, surface, intake, given_parameters)
    python, lock = read_python(fields.pop("python", None), surface, intake)
    check_fields(fields, surface, intake)
    specification = _validated(fields, intake)
    if specification is None or intake.faults:
        raise _invalid(intake)
    normal = specification.model_dump(mode="json", exclude={"python"}, exclude_none=True)
    if python:
        normal["python"] = python
        specification = specification.model_copy(update={"python": _python_request(python)})
    # each member is encoded once, for both the text and the hash
    members = [f"{canonical_json(key)}:{canonical_json(normal[key])}" for key in sorted(normal)]
    covered = [
        text for key, text in zip(sorted(normal), members, strict=True) if key not in NOT_HASHED
    ]
    return ParsedSpecification(
        specification=specification,
        warnings=intake.bounded_warnings(),
        canonical=f"{{{','.join(members)}}}",
        hash=digest_text("specification", f"{{{','.join(covered)}}}"),
        lock=lock,
    )


def _validated(fields: Mapping[str, Any], intake: Intake) -> Specification | None:
    try:
        # JSON is validated strictly: what may be mended has been mended, with a warning
        return Specification.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        add_validation_faults(error, intake)
        return None


def _python_request(python: Mapping[str, Any]) -> PythonRequest:
    return PythonRequest.model_validate(dict(python))


def _invalid(intake: Intake) -> InvalidSpecificationError:
    faults = intake.bounded_faults()
    place = faults[0].pointer or "the document"
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return InvalidSpecificationError(
        f"the specification is not valid: {place}: {faults[0].message}{more}", faults=faults
    )
