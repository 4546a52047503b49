from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from amun_client.api import Client

LIST = "/api/v1/comparisons"
PATH = f"{LIST}/comparison-1234abcd"
Amun = Callable[..., Any]


def test_list_goes_on_from_page_to_page(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    pages = [
        {"comparisons": [shapes.comparison()], "next_cursor": "c"},
        {"comparisons": [shapes.comparison("equivalent")], "next_cursor": None},
    ]
    stub.on("GET", LIST, *pages)
    ended = amun("comparison", "list", "--server", stub.url)
    assert [line.split("\t")[4] for line in ended.out.splitlines()[1:]] == [
        "slower (quiet)",
        "equivalent (quiet)",
    ]
    assert [request[2].get("cursor") for request in stub.requests] == [None, ["c"]]


def test_an_empty_list_says_what_fills_it(amun: Amun, stub: Any) -> None:
    stub.on("GET", LIST, {"comparisons": [], "next_cursor": None})
    ended = amun("comparison", "list", "--server", stub.url)
    assert (ended.code, ended.out) == (0, "")
    assert "`amun compare A B` makes one" in ended.err


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--fail-on", "slower:2%"), 1)])
def test_show_only_gates_when_asked(
    amun: Amun, stub: Any, shapes: ModuleType, options: tuple[str, ...], code: int
) -> None:
    stub.on("GET", PATH, shapes.comparison())
    ended = amun("comparison", "show", "comparison-1234abcd", *options, "--server", stub.url)
    assert ended.code == code
    assert ended.out.startswith("numpy 2.4.6 is 1.032x slower")


def test_watch_waits_for_the_end(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    stub.on("GET", PATH, shapes.comparison(None, state="preparing"), shapes.comparison())
    ended = amun(
        "comparison", "watch", "comparison-1234abcd", "--interval", "0.1", "--server", stub.url
    )
    assert ended.code == 0
    assert "preparing: both stacks are built" in ended.err


def test_watch_leaves_the_comparison_alone_on_ctrl_c(
    amun: Amun, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_self: Client, _identity: str) -> dict[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "comparison", interrupted)
    ended = amun("comparison", "watch", "comparison-1234abcd", "--server", stub.url)
    assert ended.code == 130
    assert stub.requests == []


def test_cancel(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    stub.on("POST", f"{PATH}/cancel", shapes.comparison(None, state="measuring"))
    ended = amun("comparison", "cancel", "comparison-1234abcd", "--server", stub.url)
    assert (ended.code, ended.out) == (0, "comparison-1234abcd measuring\n")


@pytest.mark.parametrize("count", [0, 1])
def test_blocks(amun: Amun, stub: Any, count: int) -> None:
    block = {
        "index": 0,
        "order": "BAAB",
        "a_s": [0.01, 0.01],
        "b_s": [0.01, 0.01],
        "log_ratio": 0.0,
        "disturbed": [],
    }
    stub.on("GET", f"{PATH}/blocks", {"blocks": [block] * count})
    ended = amun("comparison", "blocks", "comparison-1234abcd", "--server", stub.url)
    assert ended.code == (0 if count else 5)
    assert ended.out.count("BAAB") == count
