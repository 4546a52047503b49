"""A stack of a comparison takes the Python in use, its upper bounds too: as a stack of `amun stack`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from amun_core.index_map import IndexMap
from amun_core.index_settings import IndexSettings
from dependency_monkey.environment import TargetEnvironment
from dependency_monkey.index.opening import Surroundings
from dependency_monkey.python_bounds import PythonBounds
from dependency_monkey.resolver import Refusal, Resolution, Resolver
from tests.support.index_server import IndexServer


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer(tells=True) as server:
        yield server


@pytest.fixture
def resolver(index: IndexServer, tmp_path: Path) -> Resolver:
    settings = IndexSettings(index_url=index.url)
    around = Surroundings(settings, IndexMap(), tmp_path / "pages")
    bounds = PythonBounds(around, TargetEnvironment.of_this_host().with_python("3.11.7"))
    environment = {"PATH": os.environ["PATH"], "UV_CACHE_DIR": str(tmp_path / "uv")}
    return Resolver(settings, environment, "3.11.7", bounds=bounds)


def test_a_pinned_version_for_older_pythons_is_refused_with_the_reason(
    index: IndexServer, resolver: Resolver
) -> None:
    index.add("a", "3.6.6", python=">=3.7,<3.11")
    index.add("a", "3.6.7", python=">=3.7,<3.13")
    answer = resolver.resolve(["a==3.6.6"])
    assert isinstance(answer, Refusal)
    assert "a 3.6.6 requires Python >=3.7,<3.11, asked for is 3.11.7" in answer.reason
    assert resolver.resolve(["a==3.6.7"]) == Resolution({"a": "3.6.7"}, "a==3.6.7\n")


def test_an_older_version_is_taken_where_the_newest_does_not_take_this_python(
    index: IndexServer, resolver: Resolver
) -> None:
    index.add("a", "1.0", ["b>=1"], python=">=3.8")
    index.add("b", "1.0", python=">=3.8")
    index.add("b", "2.0", python=">=3.6.*,<4.0")  # cannot be read: taken, as by pip and uv
    index.add("b", "3.0", python="<3.11")
    index.add("b", "4.0", python="<=3.11.6")
    answer = resolver.resolve(["a"])
    assert isinstance(answer, Resolution)
    assert answer.pins == {"a": "1.0", "b": "2.0"}


def test_one_file_that_takes_it_is_enough(index: IndexServer, resolver: Resolver) -> None:
    index.add("a", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64", python="<3.11")
    index.add("a", "1.0", tag="py3-none-any", python=">=3.8")
    answer = resolver.resolve(["a"])
    assert isinstance(answer, Resolution)
    assert answer.pins == {"a": "1.0"}


def test_each_project_is_asked_for_once(index: IndexServer, resolver: Resolver) -> None:
    index.add("a", "1.0", python=">=3.8")
    resolver.resolve(["a"])
    before = index.asked("/simple/a/")
    resolver.resolve(["a==1.0"])
    assert index.asked("/simple/a/") - before <= 1  # uv may look; we do not


def test_an_extra_that_is_not_declared_brings_what_names_it_as_in_a_stack(
    index: IndexServer, resolver: Resolver
) -> None:
    index.add("a", "1.0", ["b; extra == 'x'", "c; extra == 'y'"], extras=("y",))
    index.add("b", "1.0")
    index.add("c", "1.0")
    for wanted, pins in (
        ("a[x]", {"a": "1.0", "b": "1.0"}),
        ("a[x,Y]>=1", {"a": "1.0", "b": "1.0", "c": "1.0"}),
        ("a[y]", {"a": "1.0", "c": "1.0"}),
    ):
        answer = resolver.resolve([wanted])
        assert isinstance(answer, Resolution)
        assert answer.pins == pins
