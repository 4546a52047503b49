"""What dead workers left in the container engine: found by label, ended, removed. Only our own."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from inspector.engines.container_command import ContainerCommand
from inspector.engines.container_names import (
    LABEL_FENCE,
    LABEL_GUARD,
    LABEL_INSPECTION,
    LABEL_INSTALLATION,
    Guard,
)
from inspector.leftovers import remove_tree

#: A container of a living worker is left alone for so long: its claim may be newer than the list
#: of claims that the caller read.
YOUNG_SECONDS = 10.0


def remove_leftovers(
    command: ContainerCommand,
    guard: Guard,
    installation_id: str,
    alive: Collection[tuple[str, int]],
) -> list[str]:
    """Remove this installation's containers that belong to no living claim and no living worker."""
    answer = command.call(
        "ps", "--all", "--quiet", "--no-trunc",
        "--filter", f"label={LABEL_INSTALLATION}={installation_id}",
    )  # fmt: skip
    removed = []
    for identity in answer.output.split():
        document = command.inspect("container", identity)
        if document is None:
            continue
        labels = dict((document.get("Config") or {}).get("Labels") or {})
        young = time.time() - _created(document) < YOUNG_SECONDS
        if labels.get(LABEL_INSTALLATION) != installation_id:
            continue
        stillborn = not young and (document.get("State") or {}).get("Status") == "created"
        if stillborn or not in_use(labels, guard, alive, young=young):
            command.remove(identity)
            removed.append(_line(document, labels))
    return removed


def remove_build_folders(folder: Path, guard: Guard) -> list[str]:
    """Remove the build folders (they hold secrets) of workers that are gone."""
    removed = []
    for left in sorted(folder.glob("*.*")):
        if not guard.alive(left.name.partition(".")[0]):
            remove_tree(left)
            removed.append(f"build folder {left.name} of a worker that is gone")
    return removed


def in_use(
    labels: dict[str, str], guard: Guard, alive: Collection[tuple[str, int]], *, young: bool
) -> bool:
    """True if somebody living answers for a container with these labels."""
    worker_lives = guard.alive(labels.get(LABEL_GUARD, ""))
    if LABEL_INSPECTION not in labels:
        return worker_lives
    if labels.get(LABEL_GUARD) and not worker_lives:
        return False  # nobody is left who would take its result, whether its lease has ended or not
    fence = labels.get(LABEL_FENCE, "")
    claimed = fence.isdecimal() and (labels[LABEL_INSPECTION], int(fence)) in alive
    # a worker that lives but lost its lease ends its run by itself, if it is able to
    return claimed or (worker_lives and young)


def _created(document: dict[str, Any]) -> float:
    """When the container was made, seconds since the epoch; 0 if that cannot be read."""
    text = str(document.get("Created", ""))
    try:
        return datetime.fromisoformat(f"{text[:19]}+00:00").timestamp()
    except ValueError:
        return 0.0


def _line(document: dict[str, Any], labels: dict[str, str]) -> str:
    name = str(document.get("Name", "")).lstrip("/")
    state = str((document.get("State") or {}).get("Status", "")) or "in an unknown state"
    whose = labels.get(LABEL_INSPECTION)
    purpose = (
        f"of {whose} (fence {labels.get(LABEL_FENCE)})" if whose else "of a worker that is gone"
    )
    return f"container {name} {purpose}, {state}"
