"""What uv reads: addresses of the lock first, then the index by hashes; never an option from outside."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from amun_core.errors import AttemptFailedError
from amun_core.install_files import attempts, pylock_text, requirements_text
from amun_core.plan import BuildPlan, FileAddress, IndexSource, LockedRequirement
from tests.support.container_plans import build_plan

HASH = "sha256:" + "a" * 64
NAME = "a-1.0-py3-none-any.whl"


def located(
    name: str = NAME, url: str = f"https://w.example/{NAME}", **changes: object
) -> LockedRequirement:
    file = FileAddress(kind="wheel", name=name, url=url, hashes=(HASH,), **changes)  # type: ignore[arg-type]
    return LockedRequirement(name="a", version="1.0", hashes=(HASH,), file=file)


def test_addresses_are_tried_first_then_the_index_by_hashes() -> None:
    first, second = attempts(build_plan(requirements=(located(),)))
    [package] = Pylock.from_dict(tomllib.loads(first.files["pylock.toml"])).packages
    assert package.wheels is not None
    assert package.wheels[0].url == f"https://w.example/{NAME}"
    # the reader of uv is experimental, and asked for by name
    assert first.arguments("/f") == [
        *("--preview-features", "pylock", "--requirements", "/f/pylock.toml", "--require-hashes")
    ]
    assert second.files == {"requirements.txt": f"a==1.0 \\\n    --hash={HASH}\n"}
    assert second.arguments("/f") == ["--require-hashes", "--requirements", "/f/requirements.txt"]


def test_without_hashes_nothing_else_stands_for_the_address() -> None:
    bare = located().model_copy(update={"hashes": ()})
    [only] = attempts(build_plan(requirements=(bare,)))
    assert list(only.files) == ["pylock.toml"]
    assert "--require-hashes" not in only.words


def test_where_there_is_nothing_to_install_nothing_is_tried() -> None:
    assert attempts(build_plan(requirements=())) == []


def test_one_package_without_an_address_makes_a_requirements_file_of_all() -> None:
    other = LockedRequirement(name="b", version="2", hashes=(HASH,))
    odd = located(url="https://w.example/download/7").model_copy(update={"name": "c"})
    [only] = attempts(build_plan(requirements=(located(), other, odd)))
    text = only.files["requirements.txt"]
    lines = [line for line in text.splitlines() if "--hash" not in line]
    assert lines == [f"a @ https://w.example/{NAME} \\", "b==2 \\", "c==1.0 \\"]


def test_choices_of_files_are_arguments_and_nothing_else_is() -> None:
    choices = (
        "--no-binary numpy",
        "--only-binary :all:",
        "--index-url https://evil.example",
        "-r x",
    )
    pins = (LockedRequirement(name="a", version="1"),)
    [only] = attempts(build_plan(requirements=pins, choices=choices))
    assert only.arguments("/f") == [
        *("--requirements", "/f/requirements.txt"),
        *("--no-binary", "numpy", "--only-binary", ":all:"),
    ]


def bound_plan(url: str, **changes: object) -> BuildPlan:
    sources = (IndexSource(name="pypi", url=""), IndexSource(name="se cond", url=url))
    pins = (
        LockedRequirement(name="a", version="1.0", hashes=(HASH,), index="se cond"),
        LockedRequirement(name="b", version="1.0", hashes=(HASH,), index="pypi"),
        LockedRequirement(name="c", version="1.0", hashes=(HASH,)),
    )
    return build_plan(requirements=pins, sources=sources, **changes)


def test_a_package_that_is_bound_to_an_index_is_asked_for_there() -> None:
    [only] = attempts(bound_plan("https://second.example/simple"))
    project = tomllib.loads(only.files["pyproject.toml"])
    assert project["project"]["dependencies"] == ["a==1.0"]
    assert project["tool"]["uv"]["sources"] == {"a": {"index": "source1"}}
    assert only.files["constraints.txt"] == f"a==1.0 \\\n    --hash={HASH}\n"
    assert only.files["requirements.txt"].count("==") == 2
    assert only.words == (
        *("--require-hashes", "--requirements", "requirements.txt"),
        *("--requirements", "pyproject.toml", "--constraints", "constraints.txt"),
    )


@pytest.mark.parametrize(
    "url", ["", "https://index.example/simple", "https://INDEX.example/simple/"]
)
def test_the_usual_index_is_all_that_the_host_has(url: str) -> None:
    [only] = attempts(bound_plan(url))
    assert list(only.files) == ["requirements.txt"]


def test_where_no_index_is_asked_none_is_named() -> None:
    [only] = attempts(bound_plan("https://second.example/simple", no_index=True))
    assert list(only.files) == ["requirements.txt"]


def test_an_archive_keeps_its_folder() -> None:
    file = FileAddress(
        kind="archive", name="a.zip", url="https://w.example/a.zip", subdirectory="p"
    )
    archive = LockedRequirement(name="a", version="1.0", url=file.url, file=file)
    assert requirements_text([archive]) == "a @ https://w.example/a.zip#subdirectory=p\n"
    with_hash = archive.model_copy(update={"file": file.model_copy(update={"hashes": (HASH,)})})
    [package] = Pylock.from_dict(tomllib.loads(pylock_text([with_hash]))).packages
    assert package.archive is not None
    assert (package.archive.subdirectory, package.version) == ("p", None)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/a.whl", "/etc/passwd"])
def test_only_http_and_https_are_written(url: str) -> None:
    for write in (pylock_text, requirements_text):
        with pytest.raises(AttemptFailedError):
            write([located(url=f"{url}/{NAME}")])


@given(st.text(min_size=1).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    written = tomllib.loads(
        pylock_text([located(f"a-1.0-py3-none-any{text}.whl", f"https://w.example/{text}")])
    )
    [package] = written["packages"]
    assert set(written) == {"lock-version", "created-by", "packages"}
    assert set(package) == {"name", "version", "wheels"}
    assert package["wheels"][0]["name"] == f"a-1.0-py3-none-any{text}.whl"
    assert package["wheels"][0]["url"].isascii()
