from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

Amun = Callable[..., Any]


def test_list_and_show(amun: Amun, stub: Any, shapes: ModuleType) -> None:
    host = {"id": "h1", "name": "lab", "calibrations": [shapes.CALIBRATION]}
    stub.on("GET", "/api/v1/hosts", {"hosts": [host]})
    stub.on("GET", "/api/v1/hosts/h1", host)
    listed = amun("host", "list", "--server", stub.url)
    assert listed.out.splitlines()[1].split("\t")[:2] == ["h1", "lab"]
    shown = amun("host", "show", "h1", "--server", stub.url)
    assert "least effect" in shown.out
    assert amun("host", "show", "h1", "--json", "--server", stub.url).document == host


def test_no_host_yet(amun: Amun, stub: Any) -> None:
    stub.on("GET", "/api/v1/hosts", {"hosts": []})
    assert "no host has measured yet" in amun("host", "list", "--server", stub.url).err
