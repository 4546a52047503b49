"""What a person should know beside a verdict, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amun_core.condition import Condition

Document = Mapping[str, Any]

_ENDS = {
    "futile": "It was given up: up to {maximum_blocks} blocks the chance of a verdict was below 5 %.",
    "cap": "It ended at its cap of {maximum_blocks} blocks.",
    "time": "It ended because its time was up.",
    "busy": "The host was busy: {wait_quiet_seconds} s went into waiting for quiet and into blocks "
    "that were not quiet.",
}


def notes_of(document: Document) -> list[str]:
    """The notes of a comparison's document."""
    return [*_of_the_end(document), *_of_the_arms(document), *_of_the_host(document)]


def _of_the_end(document: Document) -> Iterator[str]:
    ended = _ENDS.get(document["ended_because"] or "")
    if ended is not None:
        yield ended.format(**document)
    open_ = document["verdict"] == "inconclusive" and document["kind"] == "comparison"
    if open_ and document["blocks_to_decide"] is not None:
        yield f"About {document['blocks_to_decide']} blocks in all would decide it."
    yield from _of_the_condition(document)
    if document["kind"] == "calibration" and document["verdict"] in {"slower", "faster"}:
        yield (
            "The two builds of one stack differ by more than the band: differences of this size "
            "between two stacks are builds as often as versions."
        )


def _of_the_condition(document: Document) -> Iterator[str]:
    blocks, shared = document["blocks"], document["shared_blocks"]
    if document["condition"] == Condition.QUIET and shared:
        yield (
            f"{shared} of {blocks} blocks were not quiet: other work used the CPUs. They are kept, "
            "and have no say in the verdict."
        )
        # other disturbances of quiet blocks stand with the blocks
    elif document["disturbed_blocks"] and document["condition"] == Condition.ANY:
        yield (
            f"{document['disturbed_blocks']} of {blocks} blocks were disturbed; they are marked and "
            "count like the others."
        )


def _of_the_arms(document: Document) -> Iterator[str]:
    frameworks = [(document[arm]["indicator"] or {}).get("framework") for arm in ("a", "b")]
    if frameworks[0] != frameworks[1]:
        yield "The arms run on different frameworks: their seconds are compared, whatever made them."
    if document["kind"] == "comparison" and _same_stack(document):
        yield "Both arms have the same stack: a difference would be of their settings, or of none."


def _same_stack(document: Document) -> bool:
    a, b = document["a"]["stack_digest"], document["b"]["stack_digest"]
    return a is not None and a == b


def _of_the_host(document: Document) -> Iterator[str]:
    host = document["host"]
    if host is None or document["kind"] == "calibration":
        return
    calibration = host["calibration"]
    if calibration is None:
        yield (
            "This host has no calibration: nothing says how often it would mislead, and how small "
            "a difference it can see."
        )
        return
    own = document["a"]["indicator"] or {}
    used = calibration["indicator"]
    if (own.get("name"), own.get("framework")) != (used["name"], used["framework"]):
        yield f"The host was calibrated with {used['name']} on {used['framework']}."
