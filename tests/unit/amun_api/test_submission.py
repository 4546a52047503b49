"""From a document to a stored inspection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

URL = "/api/v1/inspections"
MATMUL = {"indicator": {"name": "matmul", "framework": "numpy"}, "labels": {"a": "b"}}
PUBLISHED = [
    "iotf-1-matmul-u38m", "itf-conv1d", "rhtf-conv2d", "tf-matmul", "tf-py38-conv2d",
    "tfcpu-matmul",
]  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("path", [URL, "/api/v1/inspect"])
def test_published_specifications_are_taken_unchanged(client, published: Path, name, path):
    body = (published / "specifications" / f"{name}.json").read_bytes()
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code == 202, answer.text
    inspection_id = answer.json.get("id") or answer.json["inspection_id"]
    assert inspection_id.startswith(f"inspection-{name}-")
    shown = client.get(f"/api/v1/inspect/{inspection_id}/job/batch-size").json
    assert shown["batch_size"] == json.loads(body)["batch_size"]


def test_inspection_event_and_outbox_row_are_stored_together(client, store, queries):
    answer = client.post(URL, json=MATMUL)
    inspection_id = answer.json["id"]
    assert [message.inspection_id for message in store.pending_outbox()] == [inspection_id]
    assert [str(event.state_to) for event in queries.events(inspection_id)] == ["accepted"]


def test_parameters_are_stored_with_their_defaults(client, queries):
    body = {**MATMUL, "indicator": {**MATMUL["indicator"], "parameters": {"matrix_size": "64"}}}
    inspection_id = client.post(URL, json=body).json["id"]
    stored = json.loads(queries.inspection(inspection_id).specification)
    assert stored["indicator"]["parameters"] == {
        "device": "cpu",
        "dtype": "float32",
        "matrix_size": 64,
        "reps": 100,
    }


def test_a_preset_is_stored_as_the_parameters_that_it_stands_for(client, queries):
    asked = {**MATMUL["indicator"], "preset": "thoth-torch", "parameters": {"matrix_size": 64}}
    answer = client.post(URL, json={**MATMUL, "indicator": asked})
    stored = json.loads(queries.inspection(answer.json["id"]).specification)
    assert stored["indicator"] == {
        "name": "matmul",
        "framework": "numpy",
        "parameters": {"device": "cpu", "dtype": "float32", "matrix_size": 64, "reps": 2000},
    }
    assert answer.json["warnings"] == []


@pytest.mark.parametrize(
    ("indicator", "preset", "message", "hint"),
    [
        (
            "matmul",
            "thoth-tensorflw",
            "indicator 'matmul' has no preset 'thoth-tensorflw'; known: thoth-tensorflow, thoth",
            "did you mean 'thoth-tensorflow'?",
        ),
        ("gemm", "old", "indicator 'gemm' has no preset 'old'; it has none", None),
        ("gemm", {}, "indicator 'gemm' has no preset", None),
    ],
)
def test_an_unknown_preset_is_a_fault(client, indicator, preset, message, hint):
    asked = {"name": indicator, "framework": "numpy", "preset": preset}
    answer = client.post(URL, json={"indicator": asked})
    assert answer.status_code == 422
    (fault,) = answer.json["errors"]
    assert fault["pointer"] == "/indicator/preset"
    assert fault["message"].startswith(message)
    assert fault.get("hint") == hint


def test_the_same_key_gets_the_same_answer_again(client, queries):
    headers = {"Idempotency-Key": "one"}
    first = client.post(URL, json=MATMUL, headers=headers)
    again = client.post(URL, json=MATMUL, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json["replayed"] is False
    assert again.json == {**first.json, "replayed": True}
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert queries.counts()["accepted"] == 1


@pytest.mark.parametrize(
    "change", [{"runs": 7}, {"labels": {"a": "c"}}, {"identifier": "other"}, {"script": None}]
)
def test_the_same_key_with_another_request_is_a_conflict(client, queries, change):
    headers = {"Idempotency-Key": "one"}
    client.post(URL, json=MATMUL, headers=headers)
    answer = client.post(URL, json={**MATMUL, **change}, headers=headers)
    if change == {"script": None}:  # null says nothing: it is the same request
        assert (answer.status_code, answer.json["replayed"]) == (202, True)
    else:
        assert (answer.status_code, answer.json["code"]) == (409, "A303")
    assert queries.counts()["accepted"] == 1


def test_without_a_key_every_request_makes_an_inspection(client, queries):
    assert client.post(URL, json=MATMUL).json["id"] != client.post(URL, json=MATMUL).json["id"]
    assert queries.counts()["accepted"] == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "k\u00e9y"])
def test_a_key_is_bounded(client, key):
    answer = client.post(URL, json=MATMUL, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["code"]) == (400, "A702")


def test_a_key_holds_on_the_compatibility_surface_too(client):
    body = {"base": "registry.example/b:1", "script": "print(1)"}
    headers = {"Idempotency-Key": "one"}
    first = client.post("/api/v1/inspect", json=body, headers=headers)
    again = client.post("/api/v1/inspect", json=body, headers=headers)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert client.post(URL, json=body, headers=headers).status_code == 409


def test_every_fault_is_named_at_once_with_its_place(client, queries):
    body = {
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_sise": 1}},
        "runs": 0,
        "files": [{"path": "../x", "content": ""}],
    }
    answer = client.post(URL, json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "A101")
    faults = {fault["pointer"]: fault for fault in answer.json["errors"]}
    assert set(faults) == {"/indicator/parameters/matrix_sise", "/runs", "/files/0/path"}
    assert faults["/indicator/parameters/matrix_sise"]["hint"] == "did you mean 'matrix_size'?"
    assert sum(queries.counts().values()) == 0


@pytest.mark.parametrize(
    ("indicator", "pointer", "message"),
    [
        ({"name": "matmull", "framework": "numpy"}, "/indicator/name", "known: allreduce, conv1d"),
        (
            {"name": "matmul", "framework": "numpi"},
            "/indicator/framework",
            "numpy, onnxruntime, tensorflow",
        ),
        (
            {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 0}},
            "/indicator/parameters/matrix_size",
            "less than 1",
        ),
        (
            {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 10**400}},
            "/indicator/parameters/matrix_size",
            "",
        ),
        (
            {
                "name": "conv2d",
                "framework": "tensorflow",
                "parameters": {"data_format": "NCHW", "device": "cpu"},
            },
            "/indicator/parameters/data_format",
            "TensorFlow convolves NCHW on GPUs only",
        ),
        ({"name": 7, "framework": "numpy"}, "/indicator/name", ""),
        ({"framework": "numpy"}, "/indicator/name", ""),
        ("matmul", "/indicator", ""),
        (
            {"name": "matmul", "framework": "numpy", "parameters": []},
            "/indicator/parameters",
            "",
        ),
    ],
)
def test_the_indicator_is_held_against_the_catalogue(client, indicator, pointer, message):
    answer = client.post(URL, json={"indicator": indicator})
    assert answer.status_code == 422
    found = [fault for fault in answer.json["errors"] if fault["pointer"] == pointer]
    assert len(found) == 1, answer.json["errors"]
    assert message in found[0]["message"]


def test_a_script_and_an_indicator_exclude_each_other(client):
    answer = client.post(URL, json={**MATMUL, "script": "print(1)"})
    assert answer.status_code == 422
    assert "/script" in {fault["pointer"] for fault in answer.json["errors"]}


def test_sloppy_input_is_answered_with_warnings(client):
    answer = client.post(URL, json={**MATMUL, "batch_size": "20"})
    assert answer.status_code == 202
    assert "/batch_size" in {warning["pointer"] for warning in answer.json["warnings"]}
    shown = client.get(answer.headers["Location"]).json
    assert shown["warnings"] == answer.json["warnings"]
    assert shown["runs"]["requested"] == 20
