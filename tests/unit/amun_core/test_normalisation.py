from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import InvalidSpecificationError
from amun_core.identity import canonical_json, digest, parse_identity
from amun_core.normalisation import (
    NOT_HASHED,
    ParsedSpecification,
    Surface,
    parse_specification,
)
from amun_core.specification import EngineChoice, Precision, Specification

SURFACES: tuple[Surface, ...] = ("v1", "compatibility")

LOCK = {
    "_meta": {
        "requires": {"python_version": "3.11"},
        "sources": [{"name": "main", "url": "https://index.example/simple", "verify_ssl": True}],
    },
    "default": {"numpy": {"version": "==2.4.6", "hashes": ["sha256:" + "a" * 64]}},
}


def parsed(surface: Surface = "v1", **fields: Any) -> ParsedSpecification:
    return parse_specification({"base": "debian", **fields}, surface=surface)


def faults(document: Any, surface: Surface = "v1") -> dict[str, str]:
    with pytest.raises(InvalidSpecificationError) as caught:
        parse_specification(document, surface=surface)
    found = {fault.pointer: fault.message for fault in caught.value.faults}
    assert found
    return found


def warnings(parsed_specification: ParsedSpecification) -> dict[str, str]:
    return {warning.pointer: warning.message for warning in parsed_specification.warnings}


def documents(published: Path) -> list[Path]:
    return [
        *sorted((published / "specifications").glob("*.json")),
        *sorted((published / "results").glob("*/build/specification")),
    ]


@pytest.mark.parametrize("surface", SURFACES)
def test_published_documents_are_accepted_unchanged(published: Path, surface: Surface) -> None:
    assert len(documents(published)) == 7
    for path in documents(published):
        found = parse_specification(json.loads(path.read_text()), surface=surface)
        assert found.specification.runs == 20
        assert found.lock is not None
        assert len(found.lock.packages) == 36
        assert "/@created" in warnings(found)
        assert "/script" in warnings(found)
        assert "/python/requirements_locked/develop" not in warnings(found)  # it is empty


def test_the_sloppy_twin_of_a_published_document_has_its_hash(published: Path) -> None:
    clean = published / "specifications" / "tfcpu-matmul.json"
    [sloppy] = (published / "results").glob("*/build/specification")
    assert json.loads(sloppy.read_text()) != json.loads(clean.read_text())
    one = parse_specification(json.loads(clean.read_text()), surface="v1")
    other = parse_specification(json.loads(sloppy.read_text()), surface="compatibility")
    assert other.hash == one.hash
    assert warnings(other)["/batch_size"] == "the text '20' was read as a number"
    pointer = "/python/requirements_locked/default/rsa/markers"
    assert warnings(other)[pointer].endswith('python_version >= "3.5"')


def test_two_sources_are_kept_in_order(published: Path) -> None:
    document = json.loads((published / "specifications" / "rhtf-conv2d.json").read_text())
    lock = parse_specification(document, surface="v1").lock
    assert lock is not None
    assert [source.name for source in lock.sources] == ["pypi", "aicoe"]
    assert lock.python_version == "3.6"


def test_surfaces_differ_in_base_and_runs() -> None:
    assert parse_specification({}, surface="v1").specification == Specification()
    assert parsed("v1").specification.runs == 6
    assert parsed("compatibility").specification.runs == 1
    assert faults({}, "compatibility") == {"/base": "is missing"}


def test_canonical_text_parses_to_itself_on_both_surfaces() -> None:
    first = parsed(
        batch_size=3,
        identifier="Some_Name",
        python={"requirements_locked": LOCK},
        environment=[{"name": "A", "value": 1}],
        indicator={"name": "matmul", "framework": "numpy", "parameters": {"n": None, "x": 0.5}},
        labels={"a": "b"},
        run={"requests": {"cpu": 2, "hardware": {"cpu_family": None}}},
    )
    for surface in SURFACES:
        again = parse_specification(json.loads(first.canonical), surface=surface)
        assert (again.canonical, again.hash, again.lock) == (
            first.canonical,
            first.hash,
            first.lock,
        )
        assert again.warnings == ()
        assert again.specification == first.specification


MATMUL = {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}}


def test_an_indicator_alone_is_run_until_it_is_precise() -> None:
    found = parsed(indicator=MATMUL).specification
    assert found.precision == Precision(adapt_iterations=True)
    assert found.runs == 6
    assert warnings(parsed(indicator=MATMUL)) == {}


@pytest.mark.parametrize("number", ["runs", "batch_size"])
def test_a_number_of_runs_means_exactly_that_number(number: str) -> None:
    found = parsed(indicator=MATMUL, **{number: 3}).specification
    assert (found.runs, found.precision) == (3, None)


def test_other_surfaces_and_scripts_stop_by_themselves_only_where_asked() -> None:
    assert parsed("compatibility", indicator=MATMUL).specification.precision is None
    assert parsed(script="print(1)").specification.precision is None
    asked = parsed("compatibility", indicator=MATMUL, precision={}).specification
    assert (asked.precision, asked.runs) == (Precision(), 6)


def test_iterations_that_the_user_gave_stay() -> None:
    given = {**MATMUL, "parameters": {"reps": 20}}
    assert parsed(indicator=given).specification.precision == Precision(adapt_iterations=False)
    assert parsed(script="print(1)", precision={}).specification.precision == Precision(
        adapt_iterations=False
    )
    settled = {"base": "debian", "indicator": {**MATMUL, "parameters": {"reps": 100}}}
    found = parse_specification(settled, surface="v1", given_parameters=["matrix_size"])
    assert found.specification.precision == Precision(adapt_iterations=True)
    for surface in SURFACES:
        again = parse_specification(json.loads(found.canonical), surface=surface)
        assert (again.canonical, again.hash) == (found.canonical, found.hash)


def test_precision_changes_the_hash_and_runs_are_its_fewest() -> None:
    one = parsed(indicator=MATMUL, precision={"relative_half_width": 0.01, "maximum_runs": 30})
    other = parsed(indicator=MATMUL, precision={"relative_half_width": 0.02, "maximum_runs": 30})
    assert one.hash != other.hash
    more = parsed(indicator=MATMUL, precision={}, runs=10).specification
    assert (more.runs, more.precision) == (10, Precision())


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"precision": {}}, "/precision"),
        ({"indicator": MATMUL, "precision": {}, "runs": 5}, "/runs"),
        (
            {"indicator": MATMUL, "precision": {"maximum_runs": 10}, "runs": 11},
            "/precision/maximum_runs",
        ),
        ({"indicator": MATMUL, "precision": {"maximum_runs": 5}}, "/precision/maximum_runs"),
        ({"indicator": MATMUL, "precision": {"maximum_runs": 241}}, "/precision/maximum_runs"),
        ({"indicator": MATMUL, "precision": {"confidence": 0.9}}, "/precision/confidence"),
        (
            {"indicator": MATMUL, "precision": {"relative_half_width": 0}},
            "/precision/relative_half_width",
        ),
        (
            {"indicator": MATMUL, "precision": {"relative_half_width": "2 %"}},
            "/precision/relative_half_width",
        ),
        ({"indicator": MATMUL, "precision": {"halfwidth": 1}}, "/precision/halfwidth"),
        ({"indicator": MATMUL, "precision": 2}, "/precision"),
    ],
)
def test_a_precision_that_cannot_be_had_is_named(fields: dict[str, Any], pointer: str) -> None:
    assert pointer in faults({"base": "debian", **fields})


def test_text_and_hash_are_those_of_the_identity_module() -> None:
    found = parsed(python={"requirements_locked": LOCK}, labels={"a": "b"}, identifier="x")
    document = json.loads(found.canonical)
    assert found.canonical == canonical_json(document)
    covered = {key: value for key, value in document.items() if key not in NOT_HASHED}
    assert found.hash == digest("specification", covered)


def test_hash_covers_what_changes_the_answer_and_nothing_else() -> None:
    plain = parsed()
    assert parse_identity(plain.hash).scheme == "specification"
    same = parsed(identifier="x", labels={"a": "b"}, send_messages=True, force_sync=True)
    assert same.hash == plain.hash
    assert same.canonical != plain.canonical
    assert parsed(runs=7).hash != plain.hash
    assert parsed(environment=[{"name": "A", "value": "1"}]).hash != plain.hash
    assert parsed(engine="container").hash != plain.hash


def test_sloppy_values_are_mended_with_a_warning_that_names_the_field() -> None:
    found = parsed(
        batch_size="3",
        update="true",
        upgrade_pip=True,
        packages=None,
        identifier="My.Name",
        environment=[{"name": "N", "value": 4}],
        limits={"run_seconds": 30.0},
        run={"requests": {"cpu": 1, "hardware": {"cpu_family": None, "cpu_model": "85"}}},
        labels={"n": 5, "gone": None},
    )
    specification = found.specification
    assert specification.runs == 3
    assert specification.update is True
    assert specification.identifier == "my-name"
    assert specification.environment[0].value == "4"
    assert specification.limits.run_seconds == 30
    assert specification.run.requests.cpu == "1"
    assert specification.run.requests.hardware is not None
    assert specification.run.requests.hardware.cpu_model == 85
    assert specification.labels == {"n": "5"}
    assert set(warnings(found)) == {
        "/batch_size",
        "/update",
        "/upgrade_pip",
        "/packages",
        "/identifier",
        "/environment/0/value",
        "/limits/run_seconds",
        "/run/requests/cpu",
        "/run/requests/hardware/cpu_family",
        "/run/requests/hardware/cpu_model",
        "/labels/n",
        "/labels/gone",
    }


def test_unknown_keys() -> None:
    document = {"base": "debian", "indikator": {}, "@created": "x", "created": "y"}
    assert set(warnings(parse_specification(document, surface="compatibility"))) == {
        "/indikator",
        "/@created",
        "/created",
    }
    with pytest.raises(InvalidSpecificationError) as caught:
        parse_specification(document, surface="v1")
    [fault] = caught.value.faults
    assert (fault.pointer, fault.message) == ("/indikator", "unknown key")
    assert fault.hint == "did you mean 'indicator'?"
    assert faults({"run": {"request": {}}}) == {"/run/request": "unknown key"}
    assert warnings(parsed(run={"@note": 1})) == {"/run/@note": "unknown key, has no effect"}


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        {
            "base": "not an image",
            "runs": 0,
            "packages": ["ok", "; rm -rf /", 5],
            "environment": [{"name": "1A", "value": "x"}, {"value": "y"}],
            "engine": "docker",
            "limits": {"pids": 1},
            "files": [{"path": "../x", "content": ""}, {"path": "/y/"}],
            "run": {"requests": {"cpu": "0", "memory": "4 Gi"}},
            "python": {"requirements_locked": {"default": {"numpy": {"version": "*"}}}},
            "labels": {"bad key": "x"},
            "indicator": {"name": "M!", "framework": "numpy", "parameters": {"n": [1]}},
            "python_packages": ["--index-url=x"],
        },
    )
    assert set(found) == {
        "/base",
        "/runs",
        "/packages/1",
        "/environment/0/name",
        "/environment/1/name",
        "/engine",
        "/limits/pids",
        "/files/0/path",
        "/files/1/path",
        "/files/1/content",
        "/run/requests/cpu",
        "/run/requests/memory",
        "/python/requirements_locked/default/numpy/version",
        "/labels/bad key",
        "/indicator/name",
        "/indicator/parameters/n",
        "/python_packages/0",
    }
    assert found["/environment/1/name"] == "is missing"
    assert found["/engine"] == "'auto', 'process' or 'container' is expected, not 'docker'"


def test_secrets_are_not_repeated_in_faults() -> None:
    secret = "hunter2-" * 3
    with pytest.raises(InvalidSpecificationError) as caught:
        parsed(
            environment=[{"name": "A", "value": [secret]}],
            python={"requirements": {"source": [{"name": "a", "url": f"ftp://u:{secret}@h/"}]}},
        )
    assert {fault.pointer for fault in caught.value.faults} == {
        "/environment/0/value",
        "/python/requirements/source/0/url",
    }
    assert secret not in str([caught.value, *caught.value.faults])


@pytest.mark.parametrize("surface", SURFACES)
def test_requirements_without_a_lock_are_refused(surface: Surface) -> None:
    document = {"base": "debian", "python": {"requirements": {"packages": {"numpy": "*"}}}}
    assert set(faults(document, surface)) == {"/python/requirements_locked"}
    empty = {"base": "debian", "python": {"requirements": {"packages": {}}}}
    assert parse_specification(empty, surface=surface).lock is None


@pytest.mark.parametrize("surface", SURFACES)
def test_a_lock_without_requirements_is_enough(surface: Surface) -> None:
    document = {"base": "debian", "python": {"requirements_locked": LOCK}}
    lock = parse_specification(document, surface=surface).lock
    assert lock is not None
    assert [(p.name, p.version) for p in lock.packages] == [("numpy", "2.4.6")]


def test_a_lock_as_text() -> None:
    content = f"numpy==2.4.6 --hash=sha256:{'a' * 64}\n"
    told = parsed(python={"lock": {"format": "requirements.txt", "content": content}})
    guessed = parsed(python={"lock": {"content": content}})
    assert told.lock is not None
    assert told.lock.packages == guessed.lock.packages  # type: ignore[union-attr]
    assert told.canonical == guessed.canonical
    assert told.warnings == ()
    assert set(warnings(guessed)) == {"/python/lock/format"}
    wrong = {"python": {"lock": {"format": "requirements.txt", "content": "\nnumpy>=2\n"}}}
    [(pointer, message)] = faults(wrong).items()
    assert pointer == "/python/lock/content"
    assert message.startswith("line 2: numpy is not pinned")
    both = {"python": {"lock": {"content": content}, "requirements_locked": LOCK}}
    assert "/python/lock" in faults(both)


def test_scripts() -> None:
    assert parsed(script="https://index.example/s.py").specification.script_url is not None
    assert parsed(script="print('{}')").specification.script_url is None
    assert parsed(script="").specification.script is None
    assert set(faults({"script": "http://index.example/s.py"})) == {"/script"}
    assert set(faults({"script": "https://a b"})) == {"/script"}
    indicator = {"name": "matmul", "framework": "numpy"}
    assert set(faults({"script": "pass", "indicator": indicator})) == {"/script"}


def test_runs_and_its_old_name() -> None:
    assert parsed(runs=4, batch_size=4).specification.runs == 4
    assert set(faults({"runs": 4, "batch_size": 5})) == {"/batch_size"}
    assert set(faults({"batch_size": 1001})) == {"/batch_size"}
    assert set(faults({"batch_size": True})) == {"/batch_size"}


def test_a_variable_that_is_named_twice_has_its_last_value() -> None:
    found = parsed(environment=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])
    assert [(v.name, v.value) for v in found.specification.environment] == [("A", "2")]
    assert set(warnings(found)) == {"/environment/0"}


def test_schema_is_accepted_where_it_is_ours() -> None:
    assert parsed(schema="amun.specification/1").warnings == ()
    assert set(faults({"schema": "amun.specification/2"})) == {"/schema"}


def test_engine_is_read_from_its_word() -> None:
    assert parsed(engine="process").specification.engine is EngineChoice.PROCESS


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (None, ""),
        ([], ""),
        ("x", ""),
        ({"script": "a\x00b"}, "/script"),
        ({"base": "a\x1bb"}, "/base"),
        ({"labels": {"a\x07": "b"}}, "/labels/a\x07"),
        ({"script": "\ud800"}, "/script"),
        ({"labels": {"\udfff": "b"}}, "/labels/?"),
        ({"runs": float("nan")}, "/runs"),
        ({"runs": float("inf")}, "/runs"),
        ({"indicator": {"parameters": {"n": 10**30}}}, "/indicator/parameters/n"),
        ({"indicator": {"parameters": {"n": 10**5000}}}, "/indicator/parameters/n"),
        ({"script": "x" * (4 * 1024 * 1024)}, ""),
        ({"labels": {"a": {1, 2}}}, "/labels/a"),
    ],
)
@pytest.mark.parametrize("surface", SURFACES)
def test_what_no_document_may_hold(document: Any, pointer: str, surface: Surface) -> None:
    assert pointer in faults(document, surface)


def test_nesting_is_bounded() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    [(pointer, message)] = faults({"python": {"runtime_environment": {"a": deep}}}).items()
    assert pointer.startswith("/python/runtime_environment/a/0/0")
    assert message == "nested deeper than 24 levels"


def test_numbers_of_members_are_bounded() -> None:
    many = [{"name": f"V{n}", "value": ""} for n in range(300)]
    assert "/environment" in faults({"environment": many})
    assert "/files" in faults({"files": [{"path": f"f{n}", "content": ""} for n in range(65)]})
    assert "/labels" in faults({"labels": {f"l{n}": "" for n in range(33)}})
    parameters = {f"p{n}": 1 for n in range(65)}
    assert "/indicator/parameters" in faults(
        {"indicator": {"name": "a", "framework": "b", "parameters": parameters}}
    )


@pytest.mark.parametrize(
    "document",
    [
        {"packages": [1] * 200_001},
        {f"indicato{n}": 1 for n in range(100_000)},
        {"python": {"lock": {"format": "requirements.txt", "content": "a\n" * 500_000}}},
        {"python": {"lock": {"format": "requirements.txt", "content": "a==1\n" * 200_000}}},
        {"python": {"requirements_locked": {"default": {f"p{n}": 1 for n in range(100_000)}}}},
        {"environment": [{}] * 100_000},
    ],
    ids=["values", "keys", "lines", "packages", "locked", "variables"],
)
def test_a_large_wrong_document_is_refused_in_short_time(document: Any) -> None:
    started = time.process_time()
    assert faults(document)
    assert time.process_time() - started < 3


def test_a_thousand_faults_are_counted_not_listed() -> None:
    default = {f"p{n}": {"version": "*"} for n in range(1000)}
    with pytest.raises(InvalidSpecificationError) as caught:
        parsed(python={"requirements_locked": {"default": default}})
    assert len(caught.value.faults) == 101
    assert caught.value.faults[-1].message == "and 900 further faults"


INNER_KEYS = (
    "requests requirements_locked default _meta sources hashes version markers name value path "
    "content format lock hardware cpu cpu_family parameters url batch_size @created"
)
KEYS = st.sampled_from([*Specification.model_fields, *INNER_KEYS.split()])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "==1.0", "sha256:" + "0" * 64, "https://index.example/simple", "numpy"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=15,
)


@settings(max_examples=120, deadline=None)
@given(document=st.dictionaries(KEYS | st.text(max_size=8), JSON, max_size=8) | JSON)
@pytest.mark.parametrize("surface", SURFACES)
def test_garbage_is_parsed_or_refused_never_a_traceback(surface: Surface, document: Any) -> None:
    refused: InvalidSpecificationError | None = None
    try:
        found = parse_specification(document, surface=surface)
    except InvalidSpecificationError as error:
        refused = error
    if refused is None:
        again = parse_specification(json.loads(found.canonical), surface=surface)
        assert again.hash == found.hash
    else:
        assert refused.faults
        for fault in refused.faults:
            assert fault.pointer == "" or fault.pointer.startswith("/")
            (fault.pointer + fault.message + (fault.hint or "")).encode()


@settings(max_examples=60, deadline=None)
@given(entry=st.dictionaries(KEYS | st.just("extras"), JSON, max_size=6))
def test_garbage_in_a_lock_is_refused_with_its_place(entry: dict[str, Any]) -> None:
    document = {"python": {"requirements_locked": {"default": {"numpy": entry}}}}
    pointers: list[str] = []
    try:
        parse_specification(document, surface="v1")
    except InvalidSpecificationError as error:
        pointers = [fault.pointer for fault in error.faults]
    assert all(pointer.startswith("/python/requirements_locked") for pointer in pointers)
