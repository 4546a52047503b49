"""Sweeps: ask, list, show, members, results, pause, resume, cancel; what is known is not measured."""

from __future__ import annotations

import math
from typing import Any

import pytest

from amun_api.v1 import sweep_models
from amun_api.v1.sweeps import EXAMPLES
from tests import factories
from tests.support import sweeps

URL = "/api/v1/sweeps"
VERSIONS = ("2.4.6", "2.4.5", "2.4.4")
DESCRIPTION = {"architecture": "x86_64", "cpu_brand": "Brand A", "cpu_set": [0, 1]}


def lock(version: str) -> dict[str, str]:
    return {"format": "requirements.txt", "content": f"numpy=={version}\n"}


def request(*versions: str, **changes: Any) -> dict[str, Any]:
    members = [
        {"name": f"numpy {version}", "lock": lock(version)} for version in versions or VERSIONS
    ]
    common = {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}}
    }
    return {"common": common, "members": members, "seed": 3, **changes}


def post(client, document: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post(URL, json=document, headers=headers)
    assert answer.status_code == 202, answer.text
    sweep_models.AcceptedSweep.model_validate(answer.json)
    return answer.json


def shown(client, sweep_id: str) -> dict[str, Any]:
    answer = client.get(f"{URL}/{sweep_id}")
    assert answer.status_code == 200, answer.text
    sweep_models.Sweep.model_validate(answer.json)
    return answer.json


def results(client, sweep_id: str) -> dict[str, Any]:
    answer = client.get(f"{URL}/{sweep_id}/results")
    assert answer.status_code == 200, answer.text
    sweep_models.SweepResults.model_validate(answer.json)
    return answer.json


def members(client, sweep_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"{URL}/{sweep_id}/members")
    sweep_models.SweepMemberList.model_validate(answer.json)
    return answer.json["members"]


def swept(client, store, **changes: Any) -> str:
    """The id of a sweep that is over; its host is described."""
    store.save_host(factories.HOST, DESCRIPTION)
    sweep_id = post(client, request(**changes))["id"]
    sweeps.carry_out(store, sweep_id)
    store.save_host(factories.HOST, DESCRIPTION)
    return sweep_id


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_becomes_an_inspection_for_each_stack(client, name):
    answer = client.post(URL, json=EXAMPLES[name])
    accepted = sweep_models.AcceptedSweep.model_validate(answer.json)
    assert answer.headers["Location"] == f"{URL}/{accepted.id}"
    document = shown(client, accepted.id)
    assert (document["state"], document["members"], document["known"]) == ("accepted", 3, 0)
    assert document["states"] == {"accepted": 3}
    assert document["runs"] == {"requested": 18, "accepted": 0}
    assert document["reference"] == {"index": 0, "name": "numpy 2.4.6"}
    assert document["seconds_left"] is None
    found = members(client, accepted.id)
    assert [one["pins"] for one in found] == [{"numpy": version} for version in VERSIONS]
    inspection = client.get(f"/api/v1/inspections/{found[1]['inspection_id']}").json
    assert inspection["sweep_id"] == accepted.id
    assert inspection["runs"]["requested"] == 6


def test_every_fault_is_told_with_its_place(client):
    document = request()
    document["common"]["indicator"]["parameters"]["matrix_sise"] = 3
    document["members"][1]["lock"]["content"] = "numpy>2\n"
    answer = client.post(URL, json={**document, "runs": 0})
    assert (answer.status_code, answer.json["code"]) == (422, "A105")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/runs"]
    answer = client.post(URL, json=document)
    assert {error["pointer"] for error in answer.json["errors"]} == {
        "/common/indicator/parameters/matrix_sise",
        "/members/1/lock/content",
    }


def test_the_same_key_gets_the_first_answer_though_all_is_known_by_now(client, store):
    store.save_host(factories.HOST, DESCRIPTION)
    first = post(client, request(), **{"Idempotency-Key": "k"})
    sweeps.carry_out(store, first["id"])
    again = post(client, request(), **{"Idempotency-Key": "k"})
    assert (again["id"], again["replayed"], again["known"]) == (first["id"], True, 0)
    answer = client.post(URL, json=request(runs=7), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json["code"]) == (409, "A303")


def test_how_far_it_is_and_how_long_it_takes_still(client, store):
    sweep_id = post(client, request())["id"]
    sweeps.build(store)
    assert shown(client, sweep_id)["state"] == "preparing"
    sweeps.measure(store, sweep_id, most=4)
    document = shown(client, sweep_id)
    assert (document["state"], document["runs"]["accepted"]) == ("measuring", 4)
    assert document["seconds_left"] is not None
    assert document["seconds_left"] >= 0
    sweeps.measure(store, sweep_id)
    document = shown(client, sweep_id)
    assert (document["state"], document["seconds_left"]) == ("succeeded", 0.0)
    assert document["ended_at"] is not None


def test_each_stack_is_set_against_the_reference_of_its_own_rounds(client, store):
    sweep_id = post(client, request(runs=12))["id"]
    drift = [1 + number / 4 for number in range(12)]  # of the host, the same for all in a round
    factor = {0: 1.0, 1: 1.5, 2: 1.001}
    sweeps.build(store)
    sweeps.measure(
        store, sweep_id, seconds=lambda run: 0.002 * drift[run.round] * factor[run.member]
    )
    document = results(client, sweep_id)
    reference, slower, same = document["members"]
    assert reference["is_reference"]
    assert reference["contrast"] is None
    assert slower["contrast"]["ratio"] == pytest.approx(1.5)
    assert slower["contrast"]["low"] == pytest.approx(1.5)
    assert slower["contrast"]["verdict"] == "slower"
    assert same["contrast"]["verdict"] == "equivalent"
    assert slower["median_s"] > slower["low_s"]
    assert document["notes"] == []
    assert len(document["runs"]) == 36
    for run in document["runs"]:
        assert run["round"] == run["run_index"]
        wanted = None if run["member"] == 0 else math.log(factor[run["member"]])
        assert run["log_ratio"] == (None if wanted is None else pytest.approx(wanted))
    for number in range(12):
        places = sorted(run["position"] for run in document["runs"] if run["round"] == number)
        assert places == [0, 1, 2]


def test_waves_have_the_reference_in_common(client, store):
    sweep_id = post(client, request("1.0", "2.0", "3.0", "4.0", "5.0", in_flight=2, runs=2))["id"]
    assert sweeps.carry_out(store, sweep_id) == 12
    document = results(client, sweep_id)
    assert shown(client, sweep_id)["waves"] == 2
    assert {one["contrast"]["rounds"] for one in document["members"][1:]} == {2}
    of_reference = [run["round"] for run in document["runs"] if run["member"] == 0]
    assert of_reference == [0, 1, 2, 3]
    for number in range(4):
        places = sorted(run["position"] for run in document["runs"] if run["round"] == number)
        assert places == [0, 1, 2]
    assert any("rounds" in note for note in document["notes"])


def test_a_stack_that_failed_is_told_with_its_reason(client, store):
    sweep_id = post(client, request())["id"]
    victim = members(client, sweep_id)[1]["inspection_id"]
    sweeps.build(store, fail=lambda one: one == victim)
    sweeps.measure(store, sweep_id)
    document = results(client, sweep_id)
    assert document["state"] == "succeeded"
    failed = document["members"][1]
    assert (failed["state"], failed["failure"]["reason"]) == ("failed", "build_failed")
    assert failed["contrast"] is None
    assert failed["median_s"] is None
    assert document["members"][2]["contrast"]["rounds"] == 6


def test_what_the_graph_has_is_not_measured_again(client, store):
    first = swept(client, store)
    second = post(client, request(*VERSIONS, "2.4.3"))
    assert second["known"] == 2  # not the reference: what is new shall stand beside it
    found = {one["name"]: one for one in members(client, second["id"])}
    assert found["numpy 2.4.5"]["state"] == "known"
    assert found["numpy 2.4.6"]["state"] == "accepted"
    before = {one["name"]: one["inspection_id"] for one in members(client, first)}
    assert found["numpy 2.4.5"]["inspection_id"] == before["numpy 2.4.5"]
    assert sweeps.carry_out(store, second["id"]) == 12
    document = results(client, second["id"])
    known = document["members"][1]
    assert known["median_s"] == pytest.approx(0.002)
    assert known["contrast"] is None
    assert any("known" in note for note in document["notes"])
    third = post(client, request(*VERSIONS, "2.4.3"))
    assert (third["known"], third["state"]) == (4, "succeeded")
    assert shown(client, third["id"])["seconds_left"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"again": True},
        {"runs": 7},
        {"common": {"indicator": {"name": "matmul", "framework": "numpy",
                                  "parameters": {"matrix_size": 128}}}},
        {"common": {"indicator": {"name": "matmul", "framework": "numpy",
                                  "parameters": {"matrix_size": 64}},
                    "environment": [{"name": "OMP_PROC_BIND", "value": "true"}]}},
        {"common": {"indicator": {"name": "matmul", "framework": "numpy",
                                  "parameters": {"matrix_size": 64}},
                    "base": "docker.io/library/python:3.12-slim"}},
    ],
)  # fmt: skip
def test_what_differs_is_not_known(client, store, changes):
    swept(client, store)
    assert post(client, request(**changes))["known"] == 0


def test_results_of_an_older_version_of_the_indicator_are_not_known(client, store):
    store.save_host(factories.HOST, DESCRIPTION)
    sweep_id = post(client, request())["id"]
    sweeps.build(store, version="0")
    sweeps.measure(store, sweep_id)
    store.save_host(factories.HOST, DESCRIPTION)
    assert post(client, request())["known"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"runs": 5},
        {"labels": {"a": "b"}},
        {"common": {"indicator": {"name": "matmul", "framework": "numpy",
                                  "parameters": {"matrix_size": 64, "reps": 77}}}},
    ],
)  # fmt: skip
def test_what_matters_nothing_is_known_all_the_same(client, store, changes):
    swept(client, store)
    assert post(client, request(**changes))["known"] == 3


def test_another_measurer_knows_nothing_of_this_host(client, store):
    swept(client, store)
    store.save_host("amun-host-1:bb", {**DESCRIPTION, "cpu_brand": "Brand B"})
    store.service_beat("measurer@other", {"host_id": "amun-host-1:bb"})
    assert post(client, request())["known"] == 0
    store.service_beat("measurer@this", {"host_id": factories.HOST})
    assert post(client, request())["known"] == 3


def test_pause_resume_and_cancel(client, store):
    sweep_id = post(client, request())["id"]
    for wish, state in (("pause", "paused"), ("resume", "accepted"), ("cancel", "cancelled")):
        answer = client.post(f"{URL}/{sweep_id}/{wish}")
        assert answer.status_code == 202, answer.text
        assert sweep_models.ChangedSweep.model_validate(answer.json).state == state
    answer = client.post(f"{URL}/{sweep_id}/pause")
    assert (answer.status_code, answer.json["code"]) == (409, "A300")
    assert client.post(f"{URL}/sweep-00000000/pause").status_code == 404
    assert client.get(f"{URL}/x").status_code == 404


def test_pages(client):
    ids = [post(client, request(identifier=f"s{number}"))["id"] for number in range(3)]
    answer = client.get(f"{URL}?limit=2")
    page = sweep_models.SweepList.model_validate(answer.json)
    assert [one.id for one in page.sweeps] == [ids[2], ids[1]]
    assert 'rel="next"' in answer.headers["Link"]
    rest = client.get(f"{URL}?limit=2&cursor={page.next_cursor}").json
    assert [one["id"] for one in rest["sweeps"]] == [ids[0]]
    assert rest["next_cursor"] is None


def test_a_large_request_is_taken_where_an_inspection_would_not_be(client):
    many = request(*(f"2.{minor}.{patch}" for minor in range(8) for patch in range(25)))
    for member in many["members"]:
        version = member["name"].removeprefix("numpy ")
        hashes = " ".join(f"--hash=sha256:{number:064x}" for number in range(300))
        member["lock"]["content"] = f"numpy=={version} {hashes}\n"
    assert post(client, many)["members"] == 200


def test_a_chosen_origin_is_kept(client):
    origin = {"snapshot": "amun-snapshot-1:00", "count": "74244834", "select": "sample:100"}
    sweep_id = post(client, request(origin=origin))["id"]
    assert shown(client, sweep_id)["origin"] == origin


def test_places_and_what_each_version_costs(client, store):
    sweep_id = post(client, request(runs=6))["id"]
    factor = {0: 1.0, 1: 1.5, 2: 0.8}
    sweeps.build(store)
    sweeps.measure(store, sweep_id, seconds=lambda run: 0.002 * factor[run.member])
    document = results(client, sweep_id)
    assert document["sorted_by"] == "ratio"
    assert [one["rank"] for one in document["members"]] == [2, 3, 1]
    effects = document["effects"]
    assert (effects["stacks"], effects["rounds"]) == (2, 6)
    assert [(one["versions"], one["ratio"]) for one in effects["versions"]] == [
        ([{"package": "numpy", "version": "2.4.4", "reference": "2.4.6"}], pytest.approx(0.8)),
        ([{"package": "numpy", "version": "2.4.5", "reference": "2.4.6"}], pytest.approx(1.5)),
    ]


def test_where_nothing_was_measured_the_sweep_has_failed_with_each_reason(client, store):
    sweep_id = post(client, request())["id"]
    reference = members(client, sweep_id)[0]["inspection_id"]
    sweeps.build(store, fail=lambda one: one != reference)
    sweeps.measure(store, sweep_id)
    document = results(client, sweep_id)
    assert document["state"] == shown(client, sweep_id)["state"] == "failed"
    assert "nothing was measured" in shown(client, sweep_id)["state_meaning"]
    assert document["members"][0]["state"] == "cancelled"
    assert document["members"][0]["rank"] is None
    assert document["effects"]["versions"] == []
    first, *reasons = document["notes"]
    assert first == "nothing was measured"
    assert [note.split(":")[:2] for note in reasons] == [
        ["numpy 2.4.5", " build_failed"],
        ["numpy 2.4.4", " build_failed"],
    ]


def test_medians_that_contradict_the_rounds_are_not_passed_over(client, store):
    """The host is slow in the first wave: medians over hours say the contrary of the rounds."""
    sweep_id = post(client, request("1.0", "2.0", "3.0", in_flight=1, runs=6))["id"]
    sweeps.build(store)
    hour = {0: 2.0, 1: 1.0}
    sweeps.measure(
        store,
        sweep_id,
        seconds=lambda run: 0.002 * hour[run.round // 6] * (1.0 if run.member == 0 else 0.95),
    )
    sweeps.build(store)
    sweeps.measure(
        store,
        sweep_id,
        seconds=lambda run: 0.002 * hour[run.round // 6] * (1.0 if run.member == 0 else 0.95),
    )
    assert any("the ratio holds" in note for note in results(client, sweep_id)["notes"])


def test_a_check_finds_the_same_faults_and_stores_nothing(client):
    good, bad = request(), request()
    bad["common"]["indicator"]["parameters"]["size"] = 3
    answer = client.post("/api/v1/sweep-checks", json=good)
    assert answer.status_code == 200, answer.text
    assert sweep_models.CheckedSweep.model_validate(answer.json).members == 3
    checked, sent = client.post("/api/v1/sweep-checks", json=bad), client.post(URL, json=bad)
    assert checked.status_code == sent.status_code == 422
    assert checked.json["errors"] == sent.json["errors"] != []
    assert client.get(URL).json["sweeps"] == []
