"""The arguments with which a run's container starts."""

from __future__ import annotations

from inspector.engines.container_command import ContainerCommand
from inspector.engines.container_start import ContainerStart, Limits, Mount

DOCKER = ContainerCommand("/usr/bin/docker", "docker")


def start(**changes: object) -> ContainerStart:
    values: dict[str, object] = {
        "image": "sha256:11",
        "name": "amun-x",
        "labels": {"org.amun.run": "0"},
        "command": ["/e/bin/python", "-B"],
        "limits": Limits(cpu=1.5, cpu_set=(0, 1), memory_bytes=2**30, pids=64),
        "user": "65534:65534",
    }
    return ContainerStart(**(values | changes))  # type: ignore[arg-type]


def test_a_run_is_shut_in() -> None:
    arguments, _ = start().arguments(DOCKER)
    assert arguments[0] == "run"
    for wanted in (
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--memory=1073741824",
        "--memory-swap=1073741824",
        "--pids-limit=64",
        "--cpus=1.5",
        "--cpuset-cpus=0,1",
        "--user=65534:65534",
        "--pull=never",
        "--log-driver=none",
    ):
        assert arguments.count(wanted) == 1, wanted
    scratch = [one for one in arguments if one.startswith(("/tmp:", "/amun/work:"))]
    assert len(scratch) == 2
    # a folder that only its image's owner may write would make every run of `nobody` fail
    assert all("uid=65534,gid=65534" in one and "nosuid" in one for one in scratch)
    at = arguments.index("sha256:11")
    assert arguments[at + 1 :] == ["-c", '"$@"; exit "$?"', "amun", "/e/bin/python", "-B"]


def test_podman_gets_no_option_that_it_does_not_know() -> None:
    arguments, _ = start().arguments(ContainerCommand("/usr/bin/podman", "podman"))
    scratch = [one for one in arguments if one.startswith(("/tmp:", "/amun/work:"))]
    assert len(scratch) == 2
    assert all("uid=" not in one and "mode=1777" in one for one in scratch)


def test_memory_is_always_bounded_and_the_quota_only_on_request() -> None:
    arguments = Limits().arguments()
    (memory,) = [one for one in arguments if one.startswith("--memory=")]
    assert int(memory.partition("=")[2]) > 0
    assert not any(one.startswith(("--cpus", "--cpuset")) for one in arguments)


def test_a_secret_is_not_on_the_command_line() -> None:
    arguments, variables = start(variables=[("TOKEN", "s3cret")]).arguments(DOCKER)
    assert not any("s3cret" in argument for argument in arguments)
    assert variables["TOKEN"] == "s3cret"


def test_a_path_with_a_comma_stays_one_field() -> None:
    mount = Mount("/a,b/c", "/t")
    assert mount.argument() == 'type=bind,"source=/a,b/c",target=/t,readonly'
    assert Mount("/a", "/t", writable=True).argument() == "type=bind,source=/a,target=/t"


def test_rootless_podman_keeps_the_user() -> None:
    podman = ContainerCommand("/usr/bin/podman", "podman", rootless=True)
    assert "--userns=keep-id" in start().arguments(podman)[0]
    assert "--userns=keep-id" not in start().arguments(DOCKER)[0]
