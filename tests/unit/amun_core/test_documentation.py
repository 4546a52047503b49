from __future__ import annotations

import pytest

from amun_core.documentation import facts_page, settings_page, states_page
from amun_core.metadata import FACTS
from amun_core.settings import Settings
from amun_core.states import FAILURE_REASONS, TRANSITIONS, InspectionState


def test_every_setting_has_its_row() -> None:
    page = settings_page()
    for name, field in Settings.model_fields.items():
        assert field.description, name
        [row] = [
            line for line in page.splitlines() if line.startswith(f"| `AMUN_{name.upper()}` |")
        ]
        assert row.endswith(f"| {field.description} |")
    assert "| `AMUN_PORT` | `8000` |" in page
    assert "| `AMUN_PULL_IMAGES` | `true` |" in page
    assert "| `AMUN_DATABASE_URL` | empty |" in page


def test_the_page_names_no_folder_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    assert "/somewhere" not in settings_page()


def test_every_state_transition_and_reason_has_its_row() -> None:
    page = states_page()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(InspectionState) + len(TRANSITIONS) + len(FAILURE_REASONS)
    assert "| `building` | `queued` | builder, reaper |" in rows
    assert "| `import_failed` | stack | The framework cannot be imported in this stack. |" in rows


def test_every_fact_has_its_row() -> None:
    rows = [line for line in facts_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(FACTS)
    assert (
        "| `runtime.import_seconds` | number from 0 | s | time of the framework's import |" in rows
    )
