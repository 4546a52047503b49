from __future__ import annotations

import pytest

from dependency_monkey import requirements
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.requirements import MalformedMetadataError, RequirementReader
from tests.support.index_server import metadata_of

MARKERS = TargetEnvironment("3.11.7").markers


@pytest.fixture
def reader() -> RequirementReader:
    return RequirementReader(MARKERS)


def names(found: tuple[requirements.Asked, ...]) -> list[str]:
    return [asked.text.partition(";")[0].strip() for asked in found]


def test_markers_and_extras_decide_what_applies(reader: RequirementReader) -> None:
    wants = reader.read(
        metadata_of(
            "a", "1",
            ["b>=2", "c; python_version < '3'", "d; extra == 'Fast_Path'",
             "e; extra == 'fast-path' and sys_platform == 'win32'",
             "f; extra == 'other' or extra == 'fast-path'", "g[x,Y_z]<3; python_version >= '3.8'",
             "h; extra == 'not-asked-for'"],
            extras=["fast.path", "other", "empty"],
            python=">=3.8",
        )
    )  # fmt: skip
    assert names(wants.always) == ["b>=2", "g[x,Y_z]<3"]
    assert wants.always[1].extras == {"x", "y-z"}
    assert wants.always[1].versions == "<3"
    assert wants.provided == {"fast-path", "other", "empty"}
    assert names(wants.because_of("fast-path")) == ["d", "f"]
    assert names(wants.because_of("other")) == ["f"]
    assert wants.because_of("empty") == wants.because_of("not-provided") == ()
    assert wants.requires_python == ">=3.8"


def test_files_that_say_the_same_share_one_object(reader: RequirementReader) -> None:
    first, second = (reader.read(metadata_of("a", version, ["b>=2"])) for version in ("1", "2"))
    assert first is second


@pytest.mark.parametrize(
    "line",
    ["b >>= 1.1.0", "b~=1", "b (>=1", "b; python_version", "b\x07", "b >= 1 \x1b[31m", "😀",
     "b; python_version > '3' and (" + "(" * 100, "b" * 10_001, "b @ https://f.example/b.whl",
     "b; platform_release ~= 'x'"],
)  # fmt: skip
def test_what_is_malformed_is_refused_and_quoted_safely(
    reader: RequirementReader, line: str
) -> None:
    with pytest.raises(MalformedMetadataError) as told:
        reader.read(metadata_of("a", "1", [line]))
    assert str(told.value).isascii()
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 500


def test_a_malformed_line_counts_even_under_an_extra(reader: RequirementReader) -> None:
    with pytest.raises(MalformedMetadataError):
        reader.read(metadata_of("a", "1", ["b>>2; extra == 'x'"], extras=["x"]))


@pytest.mark.parametrize(
    ("line", "meant"),
    [("b>=1.1.0<1.2", "<1.2,>=1.1.0"), ("b (>=0.13.*)", ">=0.13"), ("b!=1.0*", "!=1.0.*"),
     ("b2>=1,", ">=1"), ("b (>=1.0,<2.0'')", "<2.0,>=1.0")],
)  # fmt: skip
def test_what_only_old_installers_read_is_mended_as_by_uv(
    reader: RequirementReader, line: str, meant: str
) -> None:
    (asked,) = reader.read(metadata_of("a", "1", [line])).always
    assert asked.versions == meant


def test_an_extra_that_is_not_declared_brings_what_names_it(reader: RequirementReader) -> None:
    wants = reader.read(metadata_of("a", "1", ["b; extra == 'x'"]))
    assert names(wants.because_of("x")) == ["b"]


def test_an_address_under_an_extra_concerns_that_extra_only(reader: RequirementReader) -> None:
    wants = reader.read(
        metadata_of("a", "1", ["b @ https://f.example/b.whl ; extra == 'x'", "c"], extras=["x"])
    )
    assert names(wants.always) == ["c"]
    assert wants.because_of("x")[0].direct


@pytest.mark.parametrize(
    ("most", "metadata"),
    [
        ("MAXIMUM_REQUIREMENTS", metadata_of("a", "1", [f"b{n}" for n in range(4)])),
        ("MAXIMUM_EXTRAS", metadata_of("a", "1", extras=[f"b{n}" for n in range(4)])),
    ],
)
def test_requirements_without_bounds_are_refused(
    reader: RequirementReader, monkeypatch: pytest.MonkeyPatch, most: str, metadata: bytes
) -> None:
    monkeypatch.setattr(requirements, most, 3)
    with pytest.raises(MalformedMetadataError, match=r"^4 "):
        reader.read(metadata)


def test_a_million_requirements_are_refused_before_any_is_parsed(reader: RequirementReader) -> None:
    with pytest.raises(MalformedMetadataError, match="1000000 requirements"):
        reader.read(b"Metadata-Version: 2.1\n" + b"Requires-Dist: a\n" * 1_000_000)
