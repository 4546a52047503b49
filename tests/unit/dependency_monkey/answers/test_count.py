from __future__ import annotations

from tests.support.stack_questions import answered


def test_the_count_is_exact_and_in_digits() -> None:
    document = answered("count", "app")
    # app 1.0 with lib 1.0 or 1.5; app 2.0 with lib 2.0 or 3.0, and tool 0.1 or 0.3
    assert document["schema"] == "amun.stack-count/1"
    assert document["count"] == "6"
    assert document["exact"] is True
    assert document["combinations"] == "16"  # 2 of app, 4 of lib, 2 of tool
    assert "by" not in document


def test_the_count_by_version() -> None:
    assert answered("count", "app", by=True)["by"] == {
        "app": {"1.0": "2", "2.0": "4"},
        "lib": {"1.0": "1", "1.5": "1", "2.0": "2", "3.0": "2"},
        "tool": {"0.1": "2", "0.3": "2"},
    }
