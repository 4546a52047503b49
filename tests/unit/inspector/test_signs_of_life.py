from __future__ import annotations

import os
import platform

from amun_core.errors import StorageError
from inspector.signs_of_life import signs_of_life


def beats(bench) -> dict[str, dict]:
    host = f"@{platform.node()}"
    found = {beat["name"]: beat["detail"] for beat in bench.queries.service_beats()}
    assert all(name.endswith(host) for name in found)
    return {name.removesuffix(host): detail for name, detail in found.items()}


def test_the_first_beat_comes_at_once_with_its_detail(bench):
    with signs_of_life(bench.store, "builder", lambda: {"ready": False}):
        while "builder" not in beats(bench):
            pass
    assert beats(bench)["builder"] == {"pid": os.getpid(), "ready": False}


def test_a_beat_on_demand_tells_what_is_new(bench):
    detail = {"ready": False}
    with signs_of_life(bench.store, "builder", lambda: detail) as beat:
        detail["ready"] = True
        beat()
        assert beats(bench)["builder"]["ready"] is True


def test_a_database_that_is_away_ends_nothing(bench, monkeypatch):
    def away(*_arguments: object) -> None:
        raise StorageError("locked")

    monkeypatch.setattr(bench.store, "service_beat", away)
    with signs_of_life(bench.store, "reaper", dict) as beat:
        beat()
        beat()
    assert [line["event"] for line in bench.logged] == ["no_sign_of_life"]
