from __future__ import annotations

import pytest

from amun_core.errors import Fault
from amun_core.intake import InputWarning, Intake, pointer_of, shown


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [((), ""), (("a", 0), "/a/0"), (("a/b", "c~d", ""), "/a~1b/c~0d/"), (("\ud800",), "/?")],
)
def test_pointers_are_rfc_6901(parts: tuple[str | int, ...], pointer: str) -> None:
    assert pointer_of(*parts) == pointer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "an object"),
        ([1], "an array"),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        ("a\nb", "'a\\nb'"),
        ("é\ud800", "'\\xe9\\ud800'"),
        ("x" * 61, f"'{'x' * 57}...'"),
    ],
)
def test_values_are_shown_short_and_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_text_within_a_document_has_one_pointer() -> None:
    intake = Intake("/lock", textual=True)
    intake.fault("/a", "wrong", "do this")
    intake.warn("", "odd")
    assert intake.faults == [Fault("/lock", "/a: wrong", "do this")]
    assert intake.warnings == [InputWarning("/lock", "odd")]


def test_faults_and_warnings_are_bounded() -> None:
    intake = Intake("/x")
    for number in range(150):
        intake.fault(f"/{number}", "wrong")
        intake.warn(f"/{number}", "odd")
    assert len(intake.bounded_faults()) == 101
    assert intake.bounded_faults()[-1] == Fault("/x", "and 50 further faults")
    assert intake.bounded_warnings()[-1] == InputWarning("/x", "and 50 further warnings")
