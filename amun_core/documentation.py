"""Reference pages that are generated from the tables they describe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from amun_core.metadata import FACTS
from amun_core.settings import Settings
from amun_core.states import (
    FAILURE_REASONS,
    STATE_MEANINGS,
    TRANSITIONS,
    InspectionState,
)


def settings_page() -> str:
    """Markdown: every `AMUN_*` variable with its default and its help."""
    rows = [
        (f"`{_variable(name)}`", _default(name, field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Read once, from the environment, when a process of the service starts.",
        _table(("Variable", "Default", "Meaning"), rows),
    )


def states_page() -> str:
    """Markdown: states, legal transitions and who makes them, reasons of failures."""
    states = [
        (f"`{state}`", "yes" if state.terminal else "no", STATE_MEANINGS[state])
        for state in InspectionState
    ]
    transitions = [
        (f"`{old}`", f"`{new}`", ", ".join(sorted(actors)))
        for (old, new), actors in TRANSITIONS.items()
    ]
    reasons = [
        (f"`{reason}`", str(attributed), sentence)
        for reason, (attributed, sentence) in FAILURE_REASONS.items()
    ]
    return _page(
        "States of an inspection",
        "Where an inspection is in its life, and what may happen next.",
        _table(("State", "Final", "Meaning"), states),
        "## Transitions",
        "Every other pair is refused.",
        _table(("From", "To", "Made by"), transitions),
        "## Reasons of a failure",
        "Only what is attributed to `stack` counts as evidence against a software stack.",
        _table(("Reason", "Attributed to", "What it means"), reasons),
    )


def facts_page() -> str:
    """Markdown: every fact of a run with its type and unit."""
    rows = [(f"`{key}`", fact.type, fact.unit, fact.meaning) for key, fact in FACTS.items()]
    return _page(
        "Facts of a run",
        "What is recorded with each run beside its samples. Every value may be null.",
        _table(("Key", "Type", "Unit", "Meaning"), rows),
    )


def _variable(name: str) -> str:
    return f"AMUN_{name.upper()}"


def _default(name: str, field: FieldInfo) -> str:
    if name == "home":
        # the real default names a folder of whoever generates this page
        return "the user's data folder, `amun`"
    value: Any = field.get_default(call_default_factory=True)
    if value in (None, "", ()):
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", *parts)) + "\n"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
