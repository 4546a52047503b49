"""The Dockerfile of a specification, without building it."""

from __future__ import annotations

import pytest

from amun_api.debugging import package_tool_of

URL = "/api/v1/_debug/generate-dockerfile"


def test_the_dockerfile_names_base_packages_and_assumptions(client, queries):
    answer = client.post(
        URL,
        json={
            "base": "registry.example/ubi8:1",
            "packages": ["which", "python3-pip"],
            "environment": [{"name": "API_KEY", "value": "hunter2"}],
            "script": "print(1)",
        },
    )
    assert answer.status_code == 200
    lines = answer.json["dockerfile"].splitlines()
    assert "FROM registry.example/ubi8:1" in lines
    assert any("dnf" in line and '"which", "python3-pip"' in line for line in lines)
    assert 'ENV API_KEY="***"' in lines
    assert lines[0].startswith("# Made without looking at the base image")
    assert "hunter2" not in answer.text
    assert answer.json["parameters"]["base"] == "registry.example/ubi8:1"
    assert sum(queries.counts().values()) == 0


def test_a_lock_decides_the_assumed_python(client, published):
    body = (published / "specifications" / "tf-matmul.json").read_bytes()
    answer = client.post(URL, data=body, content_type="application/json")
    assert answer.status_code == 200
    assert "3.6" in answer.json["dockerfile"].split("FROM")[0]


def test_what_cannot_be_planned_is_a_400(client):
    body = {"base": "b:1", "python": {"requirements": {"packages": {"flask": "*"}}}}
    answer = client.post(URL, json=body)
    assert answer.status_code == 400
    assert "not locked" in answer.json["error"] or "lock" in answer.json["error"]


def test_an_uncommon_request_for_hardware_is_no_obstacle(client):
    body = {
        "base": "b:1",
        "script": "print(1)",
        "run": {"requests": {"cpu": "64", "memory": "1Ti", "hardware": {"cpu_family": 7}}},
    }
    assert client.post(URL, json=body).status_code == 200


@pytest.mark.parametrize(
    ("base", "tool"),
    [
        ("registry.example/ubi8/python-38", "dnf"),
        ("registry.example/ubi-minimal:9", "microdnf"),
        ("alpine:3", "apk"),
        ("opensuse/leap", "zypper"),
        ("fedora:40", "dnf"),
        ("debian:bookworm", "apt"),
        ("ubuntu:24.04", "apt"),
    ],
)
def test_the_name_of_a_base_speaks_of_its_package_tool(base, tool):
    assert package_tool_of(base)[0] == tool
