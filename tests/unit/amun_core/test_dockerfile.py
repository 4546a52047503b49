"""Dockerfiles compared with files a person has read, and values that try to break out of one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.dockerfile import base_tag, install_documents, render
from amun_core.errors import AttemptFailedError
from amun_core.install_files import requirements_text
from amun_core.plan import BuildPlan, LockedRequirement, OperatingSystemFacts
from amun_core.specification import File
from amun_core.states import FailureReason
from tests.support.container_plans import IMAGE_ID, build_plan, image_facts

EVIL = "q\"u\\o'te $(touch /tmp/x) ${PATH} `id` \\"

CASES: dict[str, BuildPlan] = {
    "stack": build_plan(),
    "everything": build_plan(
        native_packages=("which", "libgomp1=12.2.0-14"),
        tool_packages=("micropipenv[toml]", 'evil"; RUN <<EOF'),
        update=True,
        files=(File(path='a "b"\nRUN false\n$HOME', content="x\nRUN false\n"),),
        environment=(("OMP_NUM_THREADS", "1"), ("EVIL", EVIL), ("LINES", "a\nRUN false\nb")),
    ),
    "dnf": build_plan(
        base=image_facts(
            reference="registry.example/ubi:8",
            operating_system=OperatingSystemFacts(id="rhel", package_tool="dnf"),
        ),
        native_packages=("which",),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_dockerfile_is_the_one_that_was_read(case: str, project_root: Path) -> None:
    golden = project_root / "tests" / "fixtures" / "dockerfiles" / f"{case}.Dockerfile"
    labels = {"org.amun.environment": CASES[case].environment_key}
    assert render(CASES[case], labels).dockerfile == golden.read_text(encoding="utf-8")


def instructions(dockerfile: str) -> list[str]:
    """The instructions as Docker's parser splits them: a backslash at a line's end goes on."""
    return [line for line in dockerfile.replace("\\\n", "").split("\n") if line]


def unquoted(word: str) -> str:
    """What Docker's word expansion makes of a double-quoted word without variables."""
    assert word[0] == word[-1] == '"'
    inner = word[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*[$"]', inner)
    return re.sub(r'\\([\\"$])', r"\1", inner)


@given(st.text(max_size=60))
def test_every_value_arrives_unchanged_and_alone(value: str) -> None:
    plain = len(instructions(render(build_plan(environment=(("NAME", "x"),))).dockerfile))
    built = render(build_plan(environment=(("NAME", value),)))
    lines = instructions(built.dockerfile)
    line = next(line for line in lines if line.startswith("ENV NAME="))
    if built.arguments:
        assert built.arguments == {"AMUN_VALUE_0": value}
        assert line == 'ENV NAME="${AMUN_VALUE_0}"'
        assert len(lines) == plain + 1
    else:
        assert unquoted(line.removeprefix("ENV NAME=")) == value
        assert len(lines) == plain


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_files_never_touch_the_dockerfile(path: str, content: str) -> None:
    built = render(build_plan(files=(File(path=path, content=content),)))
    assert built.dockerfile == render(build_plan(files=(File(path="p", content=""),))).dockerfile
    assert json.loads(built.context["files.json"]) == {
        "working_folder": "/home/amun",
        "files": [{"path": path, "content": content}],
    }


def test_a_value_longer_than_a_line_becomes_an_argument() -> None:
    value = "x" * 32_768
    built = render(build_plan(environment=(("LONG", value),)))
    assert built.arguments == {"AMUN_VALUE_0": value}
    assert max(map(len, built.dockerfile.splitlines())) < 65_535


def test_no_here_document_is_seen_in_a_command() -> None:
    base = image_facts()
    python = base.python.model_copy(update={"executable": "/opt/x<<EOF/python"})
    text = render(build_plan(base=base.model_copy(update={"python": python}))).dockerfile
    assert "<<" not in text
    assert '"/opt/x\\u003c\\u003cEOF/python"' in text


def test_native_packages_need_a_known_tool() -> None:
    base = image_facts(operating_system=OperatingSystemFacts(id="scratch"))
    with pytest.raises(
        AttemptFailedError, match=r"debian-python:bookworm has none of apt, dnf"
    ) as e:
        render(build_plan(base=base, native_packages=("which",)))
    assert e.value.reason is FailureReason.BASE_IMAGE_UNSUITABLE


def test_a_failed_install_fails_the_step() -> None:
    """`a && b; c` would hide a failure of b: the steps are joined by ';' under `set -e`."""
    text = render(build_plan(native_packages=("which",))).dockerfile
    script = next(line for line in text.splitlines() if "amun-native" in line)
    assert "set -eu; " in script
    assert "&&" not in script


@pytest.mark.parametrize("tool", ["apt", "dnf", "microdnf", "yum", "apk", "zypper"])
def test_every_tool_gets_the_names_as_arguments(tool: str) -> None:
    system = OperatingSystemFacts(id="x", package_tool=tool)
    plan = build_plan(base=image_facts(operating_system=system), native_packages=("a", "b"))
    line = next(line for line in render(plan).dockerfile.splitlines() if "amun-native" in line)
    words = json.loads(line[line.index('["/bin/sh"') :])
    assert words[:2] == ["/bin/sh", "-c"]
    assert '"$@"' in words[2]
    assert words[3:] == ["amun-native", "a", "b"]


def test_base_tag_names_the_digest() -> None:
    assert base_tag(IMAGE_ID) == "amun-base:" + ("0123456789abcdef" * 4)[:40]
    assert base_tag("odd digest") == base_tag("odd digest")
    assert re.fullmatch(r"amun-base:[0-9a-f]{40}", base_tag("odd digest"))


def test_requirements_carry_versions_and_hashes() -> None:
    text = requirements_text(
        [
            LockedRequirement(name="a", version="1.0+cpu", hashes=("sha256:00", "sha256:11")),
            LockedRequirement(name="b", version="2", url="https://files.example/b 2.whl?${HOME}"),
        ]
    )
    assert text == (
        "a==1.0+cpu \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "b @ https://files.example/b%202.whl?%24%7BHOME%7D\n"
    )


@pytest.mark.parametrize(
    "requirement",
    [
        LockedRequirement(name="-r", version="1"),
        LockedRequirement(name="a", version="1\n--index-url https://evil.example"),
        LockedRequirement(name="a", version="1", url="file:///etc/passwd"),
    ],
)
def test_what_is_no_pin_is_refused(requirement: LockedRequirement) -> None:
    with pytest.raises(AttemptFailedError) as caught:
        requirements_text([requirement])
    assert caught.value.reason is FailureReason.RESOLUTION_FAILED


def test_hashes_are_required_where_all_are_there() -> None:
    without = LockedRequirement(name="b", version="1")
    plan = build_plan()
    some = build_plan(requirements=(*plan.requirements, without))
    words = ["--require-hashes", "--requirements", "/run/amun/context/requirements.txt"]
    assert json.loads(install_documents(plan, "/t")["install.json"]) == {
        "attempts": [words],
        "python": "/usr/bin/python3.11",
        "target": "/t",
    }
    assert json.loads(install_documents(some, "/t")["install.json"])["attempts"] == [words[1:]]
