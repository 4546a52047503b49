from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amun_core.errors import AttemptFailedError
from amun_core.identity import parse_identity
from amun_core.index_map import IndexMap
from amun_core.normalisation import parse_specification
from amun_core.plan import HostFacts, ImageFacts, OperatingSystemFacts, Plan, PythonFacts
from amun_core.planning import THREAD_VARIABLES, EngineName, make_plan
from amun_core.states import AttributedTo, FailureReason

CASES = (Path(__file__).parents[2] / "fixtures" / "inspections").glob("*/specification.json")
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.2",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
}
HOST = HostFacts(
    host_id="amun-host-1:" + "1" * 64,
    hostname="host",
    cpu_count=4,
    cpu_set=(1, 2, 5, 6),
    memory_bytes=8 * 1024**3,
    cpu_family=6,
    physical_cpus=2,
)
SCRIPT = "print('{}')\n"
LOCK = {"default": {"numpy": {"version": "==2.4.6", "hashes": ["sha256:" + "a" * 64]}}}
INDICATOR = {"name": "matmul", "framework": "numpy"}


def image(reference: str | None, **changes: Any) -> ImageFacts:
    facts: dict[str, Any] = {
        "executable": "/usr/bin/python3",
        "version": "3.11.2",
        "implementation": "cpython",
        "platform": "linux-x86_64",
        "markers": MARKERS,
        "prefix": "/usr",
    }
    return ImageFacts(
        reference=reference,
        digest="sha256:" + "2" * 64 if reference else HOST.host_id,
        operating_system=OperatingSystemFacts(id="debian", version_id="12", package_tool="apt"),
        python=PythonFacts(**(facts | changes)),
        architecture="amd64",
    )


def plan_of(
    document: dict[str, Any], *, engine: EngineName | None = None, **arguments: Any
) -> Plan:
    found = parse_specification(document, surface="v1")
    base = found.specification.base
    settings: dict[str, Any] = {
        "engine": engine or ("process" if base is None else "container"),
        "engine_why": "as the test says",
        "index_map": IndexMap.parse("https://index.example/simple="),
        "script_text": SCRIPT if found.specification.script_url else None,
        "indicator_version": "1",
    }
    facts = arguments.pop("image", image(base))
    host = arguments.pop("host", HOST)
    return make_plan(found.specification, found.lock, facts, host, **(settings | arguments))


def python(**fields: Any) -> dict[str, Any]:
    return {"python": {"requirements_locked": LOCK}, **fields}


def failure(document: dict[str, Any], **arguments: Any) -> AttemptFailedError:
    with pytest.raises(AttemptFailedError) as caught:
        plan_of(document, **arguments)
    return caught.value


@pytest.mark.parametrize("path", sorted(CASES), ids=lambda path: path.parent.name)
def test_golden_plans(path: Path) -> None:
    plan = plan_of(json.loads(path.read_text()))
    expected = json.loads((path.parent / "expected_plan.json").read_text())
    assert plan.model_dump(mode="json") == expected
    assert Plan.model_validate(expected) == plan


# Environment keys -----------------------------------------------------------------------------


def key(document: dict[str, Any], **arguments: Any) -> str:
    return plan_of(document, **arguments).build.environment_key


def test_a_variant_is_an_environment_of_its_own() -> None:
    ordinary, second = plan_of(python()), plan_of(python(), build_variant=1)
    assert (ordinary.build.variant, second.build.variant) == (0, 1)
    assert ordinary.build.environment_key != second.build.environment_key
    assert ordinary.build.stack_digest == second.build.stack_digest


def test_the_key_is_the_same_for_both_engines_on_this_host() -> None:
    one, other = (plan_of(python(), engine=engine) for engine in ("process", "container"))
    assert one.build.mode == other.build.mode == "host_environment"
    assert one.build.environment_key == other.build.environment_key
    assert parse_identity(one.build.environment_key).scheme == "environment"


@pytest.mark.parametrize(
    "fields",
    [
        {"runs": 9},
        {"labels": {"a": "b"}},
        {"indicator": INDICATOR},
        {"environment": [{"name": name, "value": "3"} for name in THREAD_VARIABLES]},
        {"run": {"requests": {"cpu": "1", "memory": "1Gi"}}},
        {"limits": {"run_seconds": 5}},
        {"python_packages": ["pip", "micropipenv[toml]", "Pipenv", "wheel", "setuptools"]},
    ],
)
def test_what_the_environment_does_not_hold_leaves_its_key_alone(fields: dict[str, Any]) -> None:
    assert key(python(**fields)) == key(python())


BASE = {"base": "debian-python:bookworm"}


@pytest.mark.parametrize(
    "fields",
    [
        {"packages": ["which"]},
        {"update": True},
        {"files": [{"path": "a", "content": "b"}]},
        {"environment": [{"name": "CFLAGS", "value": "-O3"}]},
        {"python_packages": ["psutil"]},
        {"python": {"requirements_locked": {"default": {}}}},
        {"python": {"requirements_locked": {"default": {"numpy": {"version": "==2.4.6"}}}}},
    ],
)
def test_what_the_environment_holds_decides_its_key(fields: dict[str, Any]) -> None:
    assert key(python(**BASE) | fields) != key(python(**BASE))


@pytest.mark.parametrize(
    "change",
    [
        {"version": "3.11.3"},
        {"implementation": "pypy"},
        {"platform": "linux-aarch64"},
        {"prefix": "/opt"},
    ],
)
def test_the_interpreter_decides_the_key(change: dict[str, Any]) -> None:
    assert key(python(), image=image(None, **change)) != key(python())


def test_the_base_decides_the_key() -> None:
    other = image("debian-python:bookworm").model_copy(update={"digest": "sha256:" + "3" * 64})
    assert key(python(**BASE), image=other) != key(python(**BASE))


def test_the_index_does_not_decide_the_key() -> None:
    sourced = {"_meta": {"sources": [{"name": "m", "url": "https://index.example/simple"}]}, **LOCK}
    document = {"python": {"requirements_locked": sourced}}
    assert key(document) == key(python())
    [mapped] = plan_of(document).build.sources
    [kept] = plan_of(document, index_map=IndexMap()).build.sources
    assert (mapped.name, mapped.url) == ("m", "")
    assert kept.url == "https://index.example/simple"


# Modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, "image_environment"),
        ({"python_packages": ["micropipenv[toml]"]}, "image_environment"),
        ({"python_packages": ["psutil"]}, "image"),
        ({"packages": ["which"]}, "image"),
        ({"update": True}, "image"),
        ({"files": [{"path": "/a", "content": ""}]}, "image"),
    ],
)
def test_modes_of_a_base(fields: dict[str, Any], mode: str) -> None:
    assert plan_of(python(**BASE, **fields)).build.mode == mode


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"packages": ["which"]}, "packages would change this host"),
        ({"packages": ["which"], "update": True}, "packages and update would change"),
        ({"files": [{"path": "/etc/x", "content": ""}]}, "a file with an absolute path"),
    ],
)
def test_this_host_is_not_changed(fields: dict[str, Any], named: str) -> None:
    error = failure(python(**fields))
    assert error.reason is FailureReason.BASE_IMAGE_UNSUITABLE
    assert error.attributed_to is AttributedTo.REQUEST
    assert named in str(error)


def test_a_base_never_runs_on_the_process_engine() -> None:
    error = failure(python(**BASE), engine="process")
    assert error.reason is FailureReason.BASE_IMAGE_UNSUITABLE
    assert "debian-python:bookworm needs a container engine" in str(error)


# CPUs, threads, memory ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cpu", "cpu_set", "threads", "quota"),
    [
        (None, (1, 2, 5, 6), 4, None),
        ("500m", (1,), 1, 0.5),
        ("2", (1, 2), 2, 2.0),
        ("1500m", (1, 2), 2, 1.5),
        ("4", (1, 2, 5, 6), 4, 4.0),
    ],
)
def test_cpus_of_a_run(
    cpu: str | None, cpu_set: tuple[int, ...], threads: int, quota: float | None
) -> None:
    run = plan_of(python(run={"requests": {"cpu": cpu} if cpu else {}})).run
    assert (run.cpu_set, run.threads, run.cpu) == (cpu_set, threads, quota)
    assert dict(run.environment) == dict.fromkeys(THREAD_VARIABLES, str(threads))


def test_default_threads_hold_where_no_cpu_is_asked_for() -> None:
    assert plan_of(python(), default_threads=2).run.threads == 2
    one = plan_of(python(run={"requests": {"cpu": "1"}}), default_threads=2)
    assert one.run.threads == 1


def test_the_users_thread_count_is_one_wish() -> None:
    run = plan_of(
        python(
            environment=[
                {"name": "OMP_NUM_THREADS", "value": "3"},
                {"name": "MKL_NUM_THREADS", "value": "5"},
            ]
        )
    ).run
    assert run.threads == 3
    assert dict(run.environment) == dict.fromkeys(THREAD_VARIABLES, "3") | {"MKL_NUM_THREADS": "5"}


@pytest.mark.parametrize("value", ["", "0", "many", "-1", "4,2", "9" * 30])
def test_a_thread_count_that_is_none_is_passed_on_and_not_believed(value: str) -> None:
    run = plan_of(python(environment=[{"name": "OMP_NUM_THREADS", "value": value}])).run
    assert run.threads == 4
    assert dict(run.environment)["OMP_NUM_THREADS"] == value


@pytest.mark.parametrize(
    ("requests", "sentence"),
    [
        ({"cpu": "5"}, "5 CPUs are asked for, this host has 4 to give"),
        ({"memory": "9Gi"}, "9Gi of memory are asked for, this host has 8589934592 bytes"),
        ({"hardware": {"cpu_family": 7}}, "CPU family 7 is asked for, this host has 6"),
    ],
)
def test_hardware_that_this_host_has_not(requests: dict[str, Any], sentence: str) -> None:
    error = failure(python(run={"requests": requests}))
    assert error.reason is FailureReason.HARDWARE_MISMATCH
    assert str(error) == sentence


def test_a_build_takes_what_there_is() -> None:
    plan = plan_of(python(build={"requests": {"cpu": "16", "memory": "64Gi"}}))
    assert (plan.build.cpu, plan.build.memory_bytes) == (4.0, None)
    assert plan.warnings == (
        "the build asks for 16 CPUs, it gets 4",
        "the build asks for 64Gi of memory, it gets what there is",
    )


# Locks and Python versions --------------------------------------------------------------------


def test_an_indicator_without_a_lock_has_no_framework_on_this_host() -> None:
    error = failure({"indicator": INDICATOR})
    assert error.reason is FailureReason.LOCK_MISSING
    assert "matmul needs numpy" in str(error)
    assert plan_of({**BASE, "indicator": INDICATOR}).build.requirements == ()


def test_two_versions_of_one_package_cannot_be_installed() -> None:
    error = failure({"python": {"lock": {"format": "requirements.txt", "content": "a==1\na==2"}}})
    assert error.reason is FailureReason.RESOLUTION_FAILED
    assert str(error) == "a: 1 and 2 would both be installed"


def pylock(requires: str) -> dict[str, Any]:
    content = (
        f'lock-version = "1.0"\ncreated-by = "t"\nrequires-python = "{requires}"\npackages = []'
    )
    return {"python": {"lock": {"format": "pylock.toml", "content": content}}}


def test_a_lock_that_excludes_the_python_version_is_refused() -> None:
    assert failure(pylock(">=3.12")).reason is FailureReason.PYTHON_NOT_FOUND
    error = failure(pylock(">=3.12") | BASE)
    assert error.reason is FailureReason.BASE_IMAGE_UNSUITABLE
    assert str(error) == ("the lock requires Python >=3.12, base debian-python:bookworm has 3.11.2")
    assert plan_of(pylock(">=3.11")).warnings == ()


@pytest.mark.parametrize(
    ("wanted", "warns"), [("3.11", False), ("3.11.2", False), ("3.8", True), ("3", False)]
)
def test_a_lock_made_for_another_python_is_worth_a_warning(wanted: str, warns: bool) -> None:
    document = {
        "python": {
            "requirements_locked": {"_meta": {"requires": {"python_version": wanted}}} | LOCK
        }
    }
    expected = (f"the lock was made for Python {wanted}, this host has 3.11.2",)
    assert plan_of(document).warnings == (expected if warns else ())


def test_a_version_that_cannot_be_compared_is_said() -> None:
    plan = plan_of(python(), image=image(None, version="3.11.2+"))
    assert plan.warnings == ("this host has Python 3.11.2+, a version that cannot be compared",)


# Scripts --------------------------------------------------------------------------------------


def test_an_inline_script_is_its_own_text() -> None:
    run = plan_of({"script": "print(1)"}).run
    assert (run.script, run.script_url) == ("print(1)", None)
    assert run.script_sha256 == "d287bb7f9d15abdc5b6e98536263815744b6ef21c8f3c839fc434ca70d8efe99"


def test_a_script_that_was_not_fetched_cannot_be_run() -> None:
    error = failure({"script": "https://index.example/s.py"}, script_text=None)
    assert error.reason is FailureReason.SCRIPT_NOT_FETCHED


def test_a_plan_is_pure() -> None:
    document = python(indicator=INDICATOR)
    assert plan_of(document) == plan_of(document)


# Where files come from -------------------------------------------------------------------------

INDEX_A, INDEX_B = "https://a.example/simple", "https://b.example/simple"


def key_of(text: str, **arguments: Any) -> str:
    lock = {"format": "requirements.txt", "content": text}
    return plan_of({"python": {"lock": lock}}, **arguments).build.environment_key


def test_an_unhashed_version_of_two_indexes_is_two_environments() -> None:
    pin = "torch==2.14.1"
    keys = {
        key_of(pin),
        key_of(f"-i {INDEX_A}\n{pin}"),
        key_of(f"-i {INDEX_B}\n{pin}"),
        key_of(f"--extra-index-url {INDEX_A}\n{pin}"),
        key_of(f"-i {INDEX_A}\n--extra-index-url {INDEX_B}\n{pin}"),
        key_of(f"-i {INDEX_B}\n--extra-index-url {INDEX_A}\n{pin}"),
        key_of(f"-i {INDEX_A}\n-f https://w.example/torch.html\n{pin}"),
        key_of(f"-f https://w.example/torch.html\n{pin}"),
        key_of(f"-f https://w.example/torch.html\n--no-index\n{pin}"),
        key_of(pin, host_origin=(INDEX_A,)),
        key_of(pin, host_origin=(INDEX_B,)),
    }
    assert len(keys) == 11
    assert key_of(f"-i {INDEX_A}\n{pin}") == key_of(f"-i https://me:secret@a.example/simple\n{pin}")


def test_a_hashed_version_is_one_environment_wherever_it_lies() -> None:
    pin = f"torch==2.14.1 --hash=sha256:{'a' * 64}"
    keys = {
        key_of(pin),
        key_of(f"-i {INDEX_A}\n{pin}"),
        key_of(f"-i {INDEX_B}\n-f https://w.example/torch.html\n{pin}"),
        key_of(pin, host_origin=(INDEX_B,)),
    }
    assert len(keys) == 1


def test_which_files_are_taken_is_part_of_an_environment() -> None:
    pin = f"torch==2.14.1 --hash=sha256:{'a' * 64}"
    assert (
        len(
            {
                key_of(pin),
                key_of(f"--no-binary torch\n{pin}"),
                key_of(f"--only-binary torch\n{pin}"),
            }
        )
        == 3
    )


def pylock_of(marker: str, wheel: str = "a-1.0-py3-none-any.whl", head: str = "") -> str:
    return (
        f'lock-version = "1.0"\ncreated-by = "t"\n{head}[[packages]]\nname = "a"\nversion = "1.0"\n'
        f'{marker}wheels = [{{ name = "{wheel}", url = "https://w.example/{wheel}", '
        f'hashes = {{ sha256 = "{"a" * 64}" }} }}]\n'
    )


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        (
            pylock_of("", head='requires-python = ">=3.13"\n'),
            FailureReason.PYTHON_NOT_FOUND,
            "the lock requires Python >=3.13",
        ),
        (
            pylock_of("", head="environments = [\"sys_platform == 'win32'\"]\n"),
            FailureReason.RESOLUTION_FAILED,
            "the lock is for other environments",
        ),
        (
            pylock_of('requires-python = ">=3.13"\n'),
            FailureReason.RESOLUTION_FAILED,
            "a 1.0 requires Python >=3.13",
        ),
        (
            pylock_of("", "a-1.0-cp311-cp311-win_amd64.whl"),
            FailureReason.ARTIFACT_NOT_FOUND,
            "a 1.0 has no wheel for this platform in the lock: a-1.0-cp311-cp311-win_amd64.whl",
        ),
    ],
)
def test_a_lock_for_another_environment_is_no_evidence_against_the_stack(
    text: str, reason: FailureReason, words: str
) -> None:
    document = {"python": {"lock": {"format": "pylock.toml", "content": text}}}
    facts = image(None).model_copy(update={"libc": "glibc 2.36", "architecture": "x86_64"})
    found = failure(document, image=facts)
    assert found.reason is reason
    assert words in str(found)
    assert found.attributed_to is AttributedTo.REQUEST


def test_the_address_of_the_file_stands_in_the_plan_and_not_in_the_key() -> None:
    facts = image(None).model_copy(update={"libc": "glibc 2.36", "architecture": "amd64"})
    lock = {"format": "pylock.toml", "content": pylock_of("")}
    build = plan_of({"python": {"lock": lock}}, image=facts).build
    assert build.requirements[0].file is not None
    assert build.requirements[0].file.url == "https://w.example/a-1.0-py3-none-any.whl"
    pinned = f"a==1.0 --hash=sha256:{'a' * 64}"
    assert build.environment_key == key_of(pinned, image=facts)


def test_the_index_to_which_an_unhashed_package_is_bound_counts() -> None:
    sources = [{"name": "main", "url": INDEX_A}, {"name": "second", "url": INDEX_B}]
    keys = set()
    for index in ("main", "second"):
        lock = {
            "_meta": {"sources": sources},
            "default": {"torch": {"version": "==2.14.1", "index": index}},
        }
        keys.add(plan_of({"python": {"requirements_locked": lock}}).build.environment_key)
    assert len(keys) == 2
