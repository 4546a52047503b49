from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from amun_client.comparison.arms import LockFile, SpecificationFile, Stored, Words
from amun_client.comparison.request import Options, calibration_of, comparison_of
from amun_client.errors import UsageFaultError
from amun_client.submission import Overrides
from amun_core.comparison_intake import parse_comparison

LOCK = "{name}=={version} --hash=sha256:" + "0" * 64
MATMUL = Overrides(indicator="matmul", parameters=("matrix_size=512",))
NUMPY_1, NUMPY_2 = (Words(f"numpy=={v}", (f"numpy=={v}",)) for v in ("1.26.4", "2.0.2"))


class Sharing:
    """Resolves `name==version` to itself, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __call__(
        self, a: Sequence[str], b: Sequence[str], python: str | None, latest: bool
    ) -> dict[str, Any]:
        self.asked.append((tuple(a), tuple(b), python, latest))
        pins = [dict(text.split("==") for text in side) for side in (a, b)]
        arms = [
            {
                "packages": side,
                "lock": "\n".join(LOCK.format(name=n, version=v) for n, v in side.items()),
            }
            for side in pins
        ]
        differing = [
            {"name": name, "a": pins[0].get(name), "b": pins[1].get(name), "why": "w"}
            for name in sorted({*pins[0], *pins[1]})
            if pins[0].get(name) != pins[1].get(name)
        ]
        return {"a": arms[0], "b": arms[1], "differing": differing, "shared": {}, "notes": []}


def lock_file(name: str, version: str) -> LockFile:
    content = LOCK.format(name="numpy", version=version)
    return LockFile(name, {"format": "requirements.txt", "content": content}, frozenset({"numpy"}))


def test_words_become_two_specifications_that_the_service_accepts() -> None:
    share = Sharing()
    options = Options(MATMUL, band=0.03, maximum_blocks=10, labels=("team=a",), identifier="x")
    asked = comparison_of(NUMPY_1, NUMPY_2, options, share)
    assert share.asked == [(("numpy==1.26.4",), ("numpy==2.0.2",), None, False)]
    parsed = parse_comparison(asked.request)
    assert (parsed.a.name, parsed.b.name) == ("numpy 1.26.4", "numpy 2.0.2")
    assert parsed.maximum_blocks == 10
    assert parsed.settings.band == 0.03
    assert parsed.settings.labels == {"team": "a"}
    for arm, version in ((parsed.a, "1.26.4"), (parsed.b, "2.0.2")):
        assert arm.specification is not None
        specification = arm.specification.specification
        assert specification.indicator is not None
        assert specification.indicator.framework == "numpy"  # guessed
        assert specification.python is not None
        assert specification.python.lock is not None
        assert f"numpy=={version}" in specification.python.lock.content


def test_only_what_differs_is_in_the_names() -> None:
    a = Words("", ("pandas==2.2.3", "numpy==1.26.4"))
    b = Words("", ("pandas==2.2.3", "numpy==2.0.2"))
    request = comparison_of(a, b, Options(MATMUL), Sharing()).request
    assert (request["a"]["name"], request["b"]["name"]) == ("numpy 1.26.4", "numpy 2.0.2")


def test_a_lock_takes_the_rest_from_the_specification_beside_it() -> None:
    document = {
        "python": {"lock": {"format": "requirements.txt", "content": "numpy==1.26.4"}},
        "indicator": {"name": "matmul", "framework": "numpy"},
        "base": "python:3.12",
    }
    specification = SpecificationFile("it.yaml", document, Path())
    request = comparison_of(
        specification, lock_file("new.txt", "2.0.2"), Options(), Sharing()
    ).request
    a, b = request["a"]["specification"], request["b"]["specification"]
    assert {**a, "python": None} == {**b, "python": None}
    assert "numpy==2.0.2" in b["python"]["lock"]["content"]
    assert (request["a"]["name"], request["b"]["name"]) == ("it.yaml", "new.txt")


def test_files_of_the_same_name_are_told_apart() -> None:
    request = comparison_of(
        lock_file("old/r.txt", "1.26.4"),
        lock_file("new/r.txt", "2.0.2"),
        Options(MATMUL),
        Sharing(),
    ).request
    assert (request["a"]["name"], request["b"]["name"]) == ("old/r.txt", "new/r.txt")


def test_stored_inspections_go_by_their_ids() -> None:
    a, b = Stored("inspection-1234abcd"), Stored("inspection-5678ef01")
    request = comparison_of(a, b, Options(band=0.05), Sharing()).request
    assert request["a"] == {"inspection": "inspection-1234abcd"}
    assert parse_comparison(request).stored


@pytest.mark.parametrize(
    ("a", "b", "options", "match"),
    [
        (Stored("inspection-1"), NUMPY_1, Options(MATMUL), "stored inspection only"),
        (NUMPY_1, lock_file("r.txt", "2.0.2"), Options(MATMUL), "has no lock, r.txt has one"),
        (NUMPY_1, NUMPY_1, Options(MATMUL), "compared with itself"),
        (NUMPY_1, NUMPY_2, Options(), "--indicator is missing"),
        (lock_file("a", "1"), lock_file("b", "2"), Options(), "--indicator is missing"),
        (Words("x==1", ("x==1",)), Words("x==2", ("x==2",)), Options(MATMUL), "--framework"),
        (Stored("inspection-1"), Stored("inspection-2"), Options(MATMUL), "no other indicator"),
        (
            NUMPY_1,
            NUMPY_2,
            Options(Overrides(indicator="matmul", base="debian:12")),
            "--python-version is missing",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(a: Any, b: Any, options: Options, match: str) -> None:
    with pytest.raises(UsageFaultError, match=match):
        comparison_of(a, b, options, Sharing())


def test_the_base_tells_the_version_of_python() -> None:
    share = Sharing()
    options = Options(Overrides(indicator="matmul", base="docker.io/library/python:3.12-slim"))
    comparison_of(NUMPY_1, NUMPY_2, options, share)
    assert share.asked[0][2:] == ("3.12.16", False)


def test_each_may_be_the_latest() -> None:
    share = Sharing()
    comparison_of(NUMPY_1, NUMPY_2, Options(MATMUL, latest_each=True), share)
    assert share.asked[0][3] is True


def test_a_calibration_compares_a_stack_with_itself() -> None:
    asked = calibration_of(NUMPY_2, Options(MATMUL), Sharing())
    assert asked.request["kind"] == "calibration"
    assert asked.request["a"] == asked.request["b"]
    assert parse_comparison(asked.request).a.name == "numpy 2.0.2"
    with pytest.raises(UsageFaultError, match="builds its stack"):
        calibration_of(Stored("inspection-1"), Options(MATMUL), Sharing())


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "prog2.py"
    path.write_text("print('hello')\n")
    return path


@pytest.mark.parametrize("kind", ["words", "locks"])
def test_a_script_times_both_arms(kind: str, script: Path) -> None:
    arms = (NUMPY_1, NUMPY_2)
    if kind == "locks":
        arms = (lock_file("old.txt", "1.26.4"), lock_file("new.txt", "2.0.2"))
    options = Options(Overrides(script=script))
    parsed = parse_comparison(comparison_of(*arms, options, Sharing()).request)
    for arm in (parsed.a, parsed.b):
        assert arm.specification is not None
        assert arm.specification.specification.script == "print('hello')\n"
        assert arm.specification.specification.script_name == "prog2.py"
        assert arm.specification.specification.indicator is None
        assert arm.specification.lock is not None


def test_a_specification_with_a_script_lends_it_to_a_lock(tmp_path: Path, script: Path) -> None:
    (tmp_path / "old.txt").write_text(LOCK.format(name="numpy", version="1.26.4"))
    document = {"python": {"lock_file": "old.txt"}, "script_file": script.name}
    arm = SpecificationFile("cmp.yaml", document, tmp_path)
    asked = comparison_of(arm, lock_file("new.txt", "2.0.2"), Options(), Sharing())
    parsed = parse_comparison(asked.request)
    assert (parsed.a.name, parsed.b.name) == ("cmp.yaml", "new.txt")
    assert parsed.a.specification is not None
    assert parsed.b.specification is not None
    assert parsed.b.specification.specification.script == "print('hello')\n"
    assert parsed.a.specification.lock != parsed.b.specification.lock


def test_an_indicator_and_a_script_exclude_each_other(script: Path) -> None:
    options = Options(Overrides(script=script, indicator="matmul", framework="numpy"))
    with pytest.raises(UsageFaultError, match="an indicator or a script, not both"):
        comparison_of(NUMPY_1, NUMPY_2, options, Sharing())
