from __future__ import annotations

import os
import platform

from amun_core.errors import StorageError
from inspector.drain import Drain
from inspector.signs_of_life import Speaker, signs_of_life


def speaker(role: str, host_id: str = "host-a") -> Speaker:
    return Speaker(role, host_id, Drain())


def beats(bench) -> dict[str, dict]:
    return {beat["name"]: beat["detail"] for beat in bench.queries.service_beats()}


def test_the_first_beat_comes_at_once_with_its_detail(bench):
    with signs_of_life(bench.store, speaker("builder"), lambda: {"ready": False}):
        while not beats(bench):
            pass
    detail = beats(bench)["builder@host-a"]
    assert detail.pop("quiet_seconds") >= 0
    assert detail == {
        "pid": os.getpid(),
        "host": platform.node(),
        "host_id": "host-a",
        "ready": False,
    }


def test_two_hosts_of_one_name_are_two(bench):
    for host_id in ("host-a", "host-b"):
        with signs_of_life(bench.store, speaker("builder", host_id), dict) as beat:
            beat()
    assert set(beats(bench)) == {"builder@host-a", "builder@host-b"}
    assert {sign.host_id for sign in bench.store.signs()} == {"host-a", "host-b"}


def test_work_that_hangs_shows_though_its_beats_go_on(bench, monkeypatch):
    one = speaker("measurer")
    with signs_of_life(bench.store, one, dict) as beat:
        monkeypatch.setattr(one.drain, "_asked_at", one.drain._asked_at - 100)
        beat()
        assert beats(bench)[one.name]["quiet_seconds"] >= 100
        one.drain.started()
        beat()
        assert beats(bench)[one.name]["quiet_seconds"] < 100


def test_a_beat_on_demand_tells_what_is_new(bench):
    detail = {"ready": False}
    with signs_of_life(bench.store, speaker("builder"), lambda: detail) as beat:
        detail["ready"] = True
        beat()
        assert beats(bench)["builder@host-a"]["ready"] is True


def test_a_database_that_is_away_ends_nothing(bench, monkeypatch):
    def away(*_arguments: object) -> None:
        raise StorageError("locked")

    monkeypatch.setattr(bench.store, "service_beat", away)
    with signs_of_life(bench.store, speaker("reaper"), dict) as beat:
        beat()
        beat()
    assert [line["event"] for line in bench.logged] == ["no_sign_of_life"]
