"""What the processes of the service say of themselves."""

from __future__ import annotations

import platform

from amun_api.v1 import models

ENGINES = [{"name": "process", "usable": True, "why": "", "version": "uv 0.9"}]


def test_the_newest_sign_of_life_of_each_process_is_shown(client, store):
    store.service_beat("builder@one", {"pid": 1, "engines": []})
    store.service_beat("builder@one", {"pid": 2, "engines": ENGINES})
    store.service_beat("builder@two", {"pid": 3})
    shown = models.ServiceStatus.model_validate(client.get("/api/v1/service").json)
    # the first is the API's own: what it writes when it is asked
    assert [(beat.name, beat.detail["pid"]) for beat in shown.processes[1:]] == [
        ("builder@one", 2),
        ("builder@two", 3),
    ]
    assert shown.processes[1].detail["engines"] == ENGINES
    assert all(0 <= beat.age_seconds < 60 for beat in shown.processes)


def test_nobody_but_the_api_has_spoken_yet(client):
    names = [one["name"] for one in client.get("/api/v1/service").json["processes"]]
    assert names == [f"api@{platform.node()}:8000"]
