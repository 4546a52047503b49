"""Which inspections a list shows, and where its next page begins."""

from __future__ import annotations

import base64
import binascii
import re

from sqlalchemy import ColumnElement, exists, or_, select

from amun_core.errors import Fault, InvalidInputError
from knowledge_graph.models import inspections, labels
from knowledge_graph.nodes import hosts, package_versions, packages, stack_members
from knowledge_graph.records import InspectionFilter

_CURSOR_VERSION = "1"
_CURSOR = re.compile(r"1:([1-9][0-9]{0,17})")
_ID_PART = re.compile(r"[a-z0-9-]+")
#: Sorts after every character of an id.
_AFTER_ALL = "~"
SHORTEST_PREFIX = 6


def encode_cursor(sequence: int) -> str:
    """The cursor of the page after the inspection with this sequence; opaque to clients."""
    text = f"{_CURSOR_VERSION}:{sequence}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The sequence in a cursor. InvalidInputError for one that is none of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    found = _CURSOR.fullmatch(text)
    if found is None or encode_cursor(int(found[1])) != cursor:
        raise InvalidInputError(
            "the cursor is none of this service",
            faults=(
                Fault("/cursor", "not a cursor of this service", "Take next_cursor as it is."),
            ),
        )
    return int(found[1])


def prefix_of(column: ColumnElement[str], prefix: str) -> ColumnElement[bool] | None:
    """Whether `column` begins with `prefix`, as a range of its index; None if nothing can."""
    if not _ID_PART.fullmatch(prefix):
        return None
    return (column >= prefix) & (column < prefix + _AFTER_ALL)


def conditions(wanted: InspectionFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions; each one that is set narrows the list."""
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(inspections.c.state.in_(sorted(state.value for state in wanted.states)))
    if wanted.indicator is not None:
        found.append(inspections.c.indicator == wanted.indicator)
    if wanted.framework is not None:
        found.append(inspections.c.framework == wanted.framework)
    found += [_label(key, value) for key, value in sorted(wanted.labels.items())]
    if wanted.package is not None:
        found.append(_package(wanted.package))
    if wanted.host is not None:
        found.append(_host(wanted.host))
    return found


def _label(key: str, value: str | None) -> ColumnElement[bool]:
    label = exists().where(labels.c.inspection_id == inspections.c.id, labels.c.key == key)
    return label if value is None else label.where(labels.c.value == value)


def _package(package: str) -> ColumnElement[bool]:
    name, separator, version = package.partition("==")
    stacks = (
        select(stack_members.c.stack_digest)
        .join(package_versions, package_versions.c.id == stack_members.c.package_version_id)
        .join(packages, packages.c.id == package_versions.c.package_id)
        .where(packages.c.name == name.strip())
    )
    if separator:
        stacks = stacks.where(package_versions.c.version == version.strip())
    return inspections.c.stack_digest.in_(stacks)


def _host(host: str) -> ColumnElement[bool]:
    by_id = hosts.c.id.startswith(host, autoescape=True)
    return inspections.c.host_id.in_(select(hosts.c.id).where(or_(by_id, hosts.c.hostname == host)))
