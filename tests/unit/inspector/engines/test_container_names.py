"""Names and labels of what is ours."""

from __future__ import annotations

import re
from pathlib import Path

from inspector.engines.base import RunLabels
from inspector.engines.container_names import (
    Guard,
    container_name,
    image_tag,
    label_arguments,
    run_labels,
)


def test_a_run_says_whose_it_is(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    labels = run_labels(RunLabels("i1", "inspection-x", 7, 2), guard)
    assert labels == {
        "org.amun.guard": guard.name,
        "org.amun.installation": "i1",
        "org.amun.inspection": "inspection-x",
        "org.amun.fence": "7",
        "org.amun.run": "2",
    }
    assert label_arguments({"a": "b"}) == ["--label", "a=b"]


def test_names_are_readable_unique_and_legal() -> None:
    names = {container_name("Inspection/X y", 7, 2) for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"amun-inspection-x-y-7-2-[0-9a-f]{8}", name) for name in names)
    assert re.fullmatch(r"amun-a{80}-[0-9a-f]{8}", container_name("a" * 300))


def test_an_image_is_named_by_its_environment() -> None:
    assert image_tag("amun-environment-1:abc") == "amun-environment:abc"
