"""Why an engine is not usable, in words; which clients are tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amun_core.errors import EngineError
from inspector.engines.container_command import Answer, ContainerCommand
from inspector.engines.container_probe import (
    every,
    find_builder,
    find_command,
    why_no_daemon,
    why_trial_failed,
)

DOCKER = ContainerCommand("docker", "docker")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            "docker: no daemon answers (is dockerd running?)",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket",
            "docker: no permission to use the daemon's socket (is this user in the group 'docker'?)",
        ),
        ("error during connect: odd", "docker: error during connect: odd"),
    ],
)
def test_a_silent_daemon_is_explained(said: str, why: str) -> None:
    assert why_no_daemon(Answer(1, "", said)) == why


def test_refused_limits_are_explained() -> None:
    refused = Answer(125, "", "docker: Error response from daemon: cgroups: cannot set pids\n")
    assert why_trial_failed(DOCKER, refused) == (
        "docker answers, but a trial run with our limits fails: cgroups: cannot set pids"
    )
    said = (
        "WARNING: Your kernel does not support memory limit capabilities. Limitation discarded.\n"
    )
    assert why_trial_failed(DOCKER, Answer(0, "", said)).startswith(
        "docker answers, but limits have no effect: WARNING: Your kernel"
    )
    assert why_trial_failed(DOCKER, Answer(0, "", "")) == ""


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_first_engine_that_answers_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = program(tmp_path / "a", "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    version = json.dumps({"Client": {}, "Server": {"Version": "20.10.24"}})
    works = program(tmp_path / "b", "docker", f"echo '{version}'")
    monkeypatch.setenv("PATH", f"{dead.parent}:{works.parent}:/bin:/usr/bin")
    assert every("docker")[:2] == [str(dead), str(works)]
    command, shown = find_command("")
    assert (command.executable, command.kind, shown) == (str(works), "docker", "docker 20.10.24")
    with pytest.raises(EngineError, match="no daemon answers"):
        find_command(str(dead))


def test_podman_under_the_name_of_docker_is_recognised(tmp_path: Path) -> None:
    information = json.dumps(
        {"host": {"security": {"rootless": True}}, "version": {"Version": "4.3.1"}}
    )
    shim = program(
        tmp_path,
        "docker",
        f"case $1 in --version) echo 'podman version 4.3.1';; *) echo '{information}';; esac",
    )
    command, shown = find_command(str(shim))
    assert (command.kind, command.rootless, shown) == ("podman", True, "podman 4.3.1")


def test_nothing_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"^neither docker nor podman is installed on this host$"):
        find_command("")
    with pytest.raises(EngineError, match=r"^'podman' is not installed on this host$"):
        find_command("podman")


def test_a_client_without_buildkit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    legacy = program(tmp_path / "a", "docker", "echo 'buildx component is missing' >&2; exit 1")
    script = (
        'for x in "$@"; do case $x in --iidfile=*) echo sha256:11 > "${x#--iidfile=}";; esac; done'
    )
    builds = program(tmp_path / "b", "docker", script)
    monkeypatch.setenv("PATH", f"{legacy.parent}:{builds.parent}:/bin")
    found = find_builder(ContainerCommand(str(legacy), "docker"), tmp_path / "trials" / "0123")
    assert found is not None
    assert found.executable == str(builds)
    monkeypatch.setenv("PATH", f"{legacy.parent}:{tmp_path}")
    assert (
        find_builder(ContainerCommand(str(legacy), "docker"), tmp_path / "trials" / "0123") is None
    )
