"""Which step of a build failed, and to which section a line belongs. Outputs as recorded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from amun_core.dockerfile import DockerBuild
from amun_core.states import AttributedTo, FailureReason
from inspector.engines.container_command import Answer
from inspector.engines.container_image import (
    _build_arguments,
    _Sections,
    build_failure,
    failed_step,
    parse_installed,
    parse_pythons,
    same_image,
)
from tests.support.container_plans import build_plan

INSTALL = '["/usr/bin/python3.11", "-I", "/run/amun/context/inside.py", "install"]'
TOOLS = '["/usr/bin/python3.11", "-I", "/run/amun/context/inside.py", "tools"]'
HEAD = f"#6 [stage-0 2/4] RUN --mount=type=cache,id=x,target=/run/amun/cache {INSTALL}\n"

HASHES = (
    HEAD
    + "#6 0.204 Using CPython 3.11.2 interpreter at: /usr/bin/python3.11\n"
    + "#6 0.379 error: Failed to download `numpy==2.4.6`\n"
    + "#6 0.379   Hash mismatch for `numpy==2.4.6`\n"
    + "#6 ERROR: executor failed running [/usr/bin/python3.11 -I /run/amun/context/inside.py"
    + " install]: exit code: 2\n------\n"
)
NATIVE = (
    '#5 [stage-0 2/4] RUN ["/bin/sh", "-c", "x", "amun-native", "nosuch"]\n'
    "#5 2.392 E: Unable to locate package nosuch\n"
    '#5 ERROR: process "/bin/sh -c x amun-native nosuch" did not complete successfully: 100\n'
)
PODMAN = f'Error: building at STEP "RUN {TOOLS}": while running runtime: exit status 1\n'.replace(
    '"', '\\"'
)


def test_the_failed_step_is_found_with_its_own_lines() -> None:
    section, said = failed_step(HASHES)
    assert section == "install"
    assert said.splitlines() == [
        "Using CPython 3.11.2 interpreter at: /usr/bin/python3.11",
        "error: Failed to download `numpy==2.4.6`",
        "  Hash mismatch for `numpy==2.4.6`",
    ]
    assert failed_step(PODMAN) == ("tool packages", PODMAN)
    assert failed_step("Cannot connect to the daemon") == ("", "Cannot connect to the daemon")


@pytest.mark.parametrize(
    ("output", "reason", "blame"),
    [
        (HASHES, FailureReason.HASH_MISMATCH, AttributedTo.STACK),
        (NATIVE, FailureReason.NATIVE_PACKAGE_NOT_FOUND, AttributedTo.REQUEST),
        (PODMAN, FailureReason.BUILD_FAILED, AttributedTo.REQUEST),
        ("the builder fell over", FailureReason.BUILD_FAILED, AttributedTo.HOST),
        (HASHES + "no space left on device", FailureReason.DISK_FULL, AttributedTo.HOST),
    ],
)
def test_the_failed_step_decides_who_is_asked(
    output: str, reason: FailureReason, blame: AttributedTo
) -> None:
    error = build_failure(output, build_plan())
    assert (error.reason, error.attributed_to) == (reason, blame)


def test_lines_belong_to_the_section_of_their_step() -> None:
    told: list[tuple[str, str]] = []
    sections = _Sections(lambda section, text: told.append((section, text)))
    sections.tell("#1 [internal] load build definition\n\n" + HEAD + "#1 DONE 0.0s\n")
    sections.tell("#6 0.2 https://user:pass@index.example/simple\r\n5%\r100%\n")
    assert [section for section, _ in told] == ["image", "install", "image", "install", "install"]
    assert told[3][1] == "#6 0.2 https://***@index.example/simple\n"
    assert told[4][1] == "100%\n"


def test_podman_names_images_without_the_algorithm() -> None:
    assert same_image("sha256:11", "11")
    assert not same_image("sha256:11", "sha256:12")


def test_installed_packages_are_read() -> None:
    answer = Answer(0, '[["numpy", "2.4.6", ">=3.11"], ["six", "1.17.0", ""]]', "")
    package, other = parse_installed(answer)
    assert (package.name, package.version) == ("numpy", "2.4.6")
    assert (other.name, other.version) == ("six", "1.17.0")
    assert parse_pythons(answer) == [(package, ">=3.11")]


@pytest.mark.parametrize("variant", [0, 1])
def test_a_second_build_finds_no_layer_of_the_first(variant: int, tmp_path: Path) -> None:
    arguments = _build_arguments(
        build_plan(variant=variant),
        DockerBuild("FROM scratch\n", {}),
        SimpleNamespace(root=tmp_path, context=tmp_path / "context", secrets={}),
        SimpleNamespace(proxies=()),
    )
    assert ("--no-cache" in arguments) == bool(variant)
    assert arguments[-1] == str(tmp_path / "context")
