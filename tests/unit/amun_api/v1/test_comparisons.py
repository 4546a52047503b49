"""Comparisons: ask, list, show, blocks, cancel."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amun_api.v1 import comparison_models
from amun_api.v1.comparisons import EXAMPLES
from amun_core.comparison import ComparisonKind
from amun_core.states import AttributedTo
from tests import factories
from tests.support import comparisons

URL = "/api/v1/comparisons"


def specification(**changes: Any) -> dict[str, Any]:
    lock = {"format": "requirements.txt", "content": "numpy==2.4.6\n"}
    return {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
        "python": {"lock": lock},
    } | changes


def shown(client, comparison_id: str) -> dict[str, Any]:
    answer = client.get(f"{URL}/{comparison_id}")
    assert answer.status_code == 200, answer.text
    comparison_models.Comparison.model_validate(answer.json)
    return answer.json


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_becomes_two_inspections(client, name):
    answer = client.post(URL, json=EXAMPLES[name])
    assert answer.status_code == 202
    accepted = comparison_models.AcceptedComparison.model_validate(answer.json)
    assert accepted.state == "accepted"
    assert answer.headers["Location"] == f"{URL}/{accepted.id}"
    document = shown(client, accepted.id)
    assert document["a"]["indicator"] == {
        "name": "matmul",
        "framework": "numpy",
        "parameters": {"matrix_size": 256, **document["a"]["indicator"]["parameters"]},
        "version": None,
    }
    assert isinstance(document["seed"], int)
    assert (document["interleaved"], document["verdict"], document["blocks"]) == (True, None, 0)
    for arm in ("a", "b"):
        inspection = client.get(f"/api/v1/inspections/{document[arm]['inspection_id']}").json
        assert (inspection["comparison_id"], inspection["arm"]) == (accepted.id, arm)
        assert inspection["runs"]["requested"] == 0


def test_the_seed_that_is_given_is_kept(client):
    accepted = client.post(URL, json={**EXAMPLES["two versions"], "seed": 11}).json
    assert shown(client, accepted["id"])["seed"] == 11


def test_every_fault_of_a_request_is_told_with_its_place(client):
    request = {
        "a": {"specification": specification(engine="steam")},
        "b": {"specification": specification(indicator={"name": "matmul", "framework": "nump"})},
        "band": 7,
    }
    answer = client.post(URL, json=request)
    assert (answer.status_code, answer.json["code"]) == (422, "A104")
    assert {error["pointer"] for error in answer.json["errors"]} == {
        "/a/specification/engine",
        "/b/specification/indicator/framework",
        "/band",
    }


def test_a_mixture_of_arms_is_refused(client, ids):
    request = {"a": {"specification": specification()}, "b": {"inspection": ids["succeeded"]}}
    answer = client.post(URL, json=request)
    assert answer.status_code == 422
    assert "one arm is a specification" in answer.json["detail"]


def test_a_key_gets_the_first_answer_again(client):
    headers = {"Idempotency-Key": "one"}
    first = client.post(URL, json=EXAMPLES["two versions"], headers=headers)
    again = client.post(URL, json=EXAMPLES["two versions"], headers=headers)
    assert again.json["id"] == first.json["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post(URL, json=EXAMPLES["calibration"], headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "A303")


def test_a_verdict_with_its_evidence(client, store):
    comparison_id = comparisons.succeeded(store)
    document = shown(client, comparison_id)
    assert document["state"] == "succeeded"
    assert (document["verdict"], document["ended_because"]) == ("equivalent", "decided")
    assert (document["ratio"], document["low"], document["high"]) == (1.001, 0.99, 1.01)
    assert document["a"]["median_s"] == 0.0025
    assert document["b"]["median_rate_gflops"] == 100.0
    assert document["host"]["id"] == factories.HOST
    assert document["host"]["calibration"] is None
    assert any("no calibration" in note for note in document["notes"])
    assert (document["differing_packages"], document["shared_packages"]) == ([], 2)
    assert shown(client, comparison_id[-8:])["id"] == comparison_id


def test_the_packages_that_differ_are_listed(client, store):
    comparison_id = comparisons.accepted(store)
    a, b = comparisons.arms_of(store, comparison_id)
    comparisons.build(store, a)
    store.mark_queued([b])
    other = (("numpy", "2.4.7", None), ("scipy", "1.18", None), ("threadpoolctl", "3.6.0", None))
    stack = factories.stack(digest="amun-stack-1:01", packages=other)
    store.finish_build(factories.claimed(store, b), factories.built(stack=stack))
    document = shown(client, comparison_id)
    assert document["differing_packages"] == [
        {"name": "numpy", "a": "2.4.6", "b": "2.4.7"},
        {"name": "scipy", "a": None, "b": "1.18"},
    ]
    assert document["shared_packages"] == 1


def test_before_its_end_the_looks_so_far_are_shown(client, store):
    pair = comparisons.claimed(store, comparisons.built(store))
    comparisons.measured(store, pair, 9)
    before = shown(client, pair.comparison_id)
    assert (before["state"], before["ratio"], before["looks"]) == ("measuring", None, [])
    pair = comparisons.PairClaim(**{**_fields(pair), "blocks": tuple(_blocks(store, pair))})
    comparisons.measured(store, pair, 1)
    after = shown(client, pair.comparison_id)
    assert after["verdict"] is None
    assert [look["blocks"] for look in after["looks"]] == [10]
    assert after["ratio"] == pytest.approx(1.001, rel=1e-4)


def _fields(pair: Any) -> dict[str, Any]:
    return {name: getattr(pair, name) for name in pair.__slots__}


def _blocks(store: Any, pair: Any) -> list[Any]:
    return [comparisons.block(index) for index in range(9)]


def test_blocks_with_their_runs_and_what_disturbed_them(client, store):
    pair = comparisons.claimed(store, comparisons.built(store))
    comparisons.measured(store, pair, 1)
    sign = "run 2 of a: the CPU quota stopped the run in 3 periods"
    store.store_block(pair, comparisons.block(1, disturbed=(sign,)))
    answer = client.get(f"{URL}/{pair.comparison_id}/blocks")
    listed = comparison_models.BlockList.model_validate(answer.json)
    assert [block.order for block in listed.blocks] == ["BAAB", "ABBA"]
    assert listed.blocks[1].a_runs == [2, 3]
    assert listed.blocks[1].disturbed == [sign]
    assert shown(client, pair.comparison_id)["disturbed_blocks"] == 1


def test_a_failed_arm_is_shown_and_blames_the_other_for_nothing(client, store):
    document = shown(client, comparisons.failed(store))
    assert document["state"] == "failed"
    assert document["a"]["failure"]["reason"] == "build_failed"
    assert document["b"]["failure"]["reason"] == "other_arm_ended"
    assert document["b"]["failure"]["attributed_to"] == AttributedTo.REQUEST
    assert document["ended_at"] is not None
    assert document["verdict"] is None


def test_a_calibration_is_shown_with_its_host(client, store):
    calibration = comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    document = shown(client, calibration)
    result = document["calibration_result"]
    assert result["comparison_id"] == calibration
    assert result["least_detectable_effect"] == 1.034
    other = shown(client, comparisons.succeeded(store))
    assert other["host"]["calibration"] == result
    assert other["calibration_result"] is None
    assert not any("no calibration" in note for note in other["notes"])


def test_an_unchanged_comparison_is_not_sent_again(client, store):
    pair = comparisons.claimed(store, comparisons.built(store))
    path = f"{URL}/{pair.comparison_id}"
    first = client.get(path)
    unchanged = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    comparisons.measured(store, pair, 1)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_pages_follow_each_other(client, store):
    made = [comparisons.accepted(store) for _ in range(4)] + [comparisons.succeeded(store)]
    path, seen = f"{URL}?limit=2", []
    while path:
        answer = client.get(path)
        page = comparison_models.ComparisonList.model_validate(answer.json)
        seen += [one.id for one in page.comparisons]
        link = answer.headers.get("Link")
        path = link.removeprefix("<").partition(">")[0] if link else None
    assert seen == made[::-1]
    assert page.comparisons[0].a.indicator is not None
    assert page.comparisons[0].a.indicator.parameters is None


def test_cancel(client, store):
    waiting, ended = comparisons.accepted(store), comparisons.succeeded(store)
    for _ in range(2):
        answer = client.post(f"{URL}/{waiting}/cancel")
        assert answer.status_code == 202
        cancelled = comparison_models.CancelledComparison.model_validate(answer.json)
        assert cancelled.state == "cancelled"
    assert client.post(f"{URL}/{ended}/cancel").status_code == 409
    assert client.post(f"{URL}/comparison-00000000/cancel").status_code == 404
    assert client.post(f"{URL}/{waiting}/cancel", data={"a": "b"}).status_code == 415


def test_every_link_of_a_comparison_leads_somewhere(client, store):
    links = shown(client, comparisons.accepted(store))["links"]
    for name, path in links.items():
        answer = client.post(path) if name == "cancel" else client.get(path)
        assert answer.status_code in {200, 202}, name


def test_what_is_no_id_is_not_looked_up(client):
    answer = client.get(f"{URL}/nothing*here")
    assert (answer.status_code, answer.json["code"]) == (404, "A200")


def test_comparisons_are_counted(client, store):
    comparisons.succeeded(store)
    comparisons.accepted(store)
    text = client.get("/metrics").get_data(as_text=True)
    assert 'amun_comparisons{end="decided"} 1.0' in text
    assert 'amun_comparisons{end="none"} 1.0' in text


def test_an_answer_is_plain_json(client, store):
    json.loads(client.get(f"{URL}/{comparisons.succeeded(store)}").data)
