from __future__ import annotations

import io
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from amun_client.comparison.progress import Lines, ended, leaning, seconds_left, words
from amun_client.console import Console, Taste
from amun_client.errors import ServerUnreachableError

NOW = datetime(2030, 1, 1, 12, 2, tzinfo=UTC)


def measuring(shapes: ModuleType, **changes: Any) -> dict[str, Any]:
    one: dict[str, Any] = shapes.comparison(None, state="measuring", ended_at=None, **changes)
    return one


def test_one_line_says_blocks_interval_direction_and_time_left(shapes: ModuleType) -> None:
    assert words(measuring(shapes), NOW) == (
        "measuring: 24/120 blocks  1.032 [1.021, 1.043]  slower  ETA 8 min 0 s"
    )


@pytest.mark.parametrize(
    ("low", "high", "direction"),
    [(1.01, 1.1, "slower"), (0.9, 0.99, "faster"), (0.99, 1.1, None), (None, None, None)],
)
def test_before_the_verdict_the_interval_tells_the_direction(
    shapes: ModuleType, low: float | None, high: float | None, direction: str | None
) -> None:
    assert leaning(measuring(shapes, low=low, high=high, direction=None)) == direction


def test_the_time_left_goes_by_the_blocks_that_would_decide(shapes: ModuleType) -> None:
    assert seconds_left(measuring(shapes, blocks_to_decide=48), NOW) == 120
    assert seconds_left(measuring(shapes, blocks_to_decide=4800), NOW) == 480
    assert seconds_left(measuring(shapes, blocks=0), NOW) is None
    assert seconds_left(measuring(shapes, started_at=None), NOW) is None


def test_states_before_measuring_are_words(shapes: ModuleType) -> None:
    assert words(measuring(shapes) | {"state": "preparing"}) == "preparing: both stacks are built"


@pytest.mark.parametrize(
    ("state", "over"),
    [("accepted", False), ("measuring", False), ("succeeded", True), ("cancelled", True)],
)
def test_ends(shapes: ModuleType, state: str, over: bool) -> None:
    assert ended(shapes.comparison(state=state)) is over


def test_off_a_terminal_there_is_one_line_for_each_look(shapes: ModuleType) -> None:
    err, times = io.StringIO(), iter(range(100))
    lines = Lines(Console(Taste(), {}, err=err), clock=lambda: float(next(times)))
    for blocks, looks in ((1, 0), (2, 0), (10, 1), (11, 1), (20, 2)):
        lines.seen(measuring(shapes, blocks=blocks, looks=[{}] * looks))
    told = [line.split("measuring: ")[1].split("/")[0] for line in err.getvalue().splitlines()]
    assert told == ["1", "10", "20"]


def test_a_silent_service_is_told_once(shapes: ModuleType) -> None:
    err = io.StringIO()
    lines = Lines(Console(Taste(), {}, err=err), clock=lambda: 0.0)
    for _ in range(3):
        lines.unreachable(ServerUnreachableError("gone"))
    lines.seen(measuring(shapes))
    assert err.getvalue().count("gone; waiting for it") == 1
