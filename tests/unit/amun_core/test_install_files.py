"""What uv reads: addresses of the lock first, then the index by hashes; never an option from outside."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from amun_core.errors import AttemptFailedError
from amun_core.install_files import install_files, pylock_text, requirements_text, uv_arguments
from amun_core.plan import FileAddress, LockedRequirement
from tests.support.container_plans import build_plan

HASH = "sha256:" + "a" * 64
NAME = "a-1.0-py3-none-any.whl"


def located(
    name: str = NAME, url: str = f"https://w.example/{NAME}", **changes: object
) -> LockedRequirement:
    file = FileAddress(kind="wheel", name=name, url=url, hashes=(HASH,), **changes)  # type: ignore[arg-type]
    return LockedRequirement(name="a", version="1.0", hashes=(HASH,), file=file)


def test_addresses_are_tried_first_then_the_index_by_hashes() -> None:
    files = install_files(build_plan(requirements=(located(),)))
    assert list(files) == ["pylock.toml", "requirements.txt"]
    assert files["requirements.txt"] == f"a==1.0 \\\n    --hash={HASH}\n"
    [package] = Pylock.from_dict(tomllib.loads(files["pylock.toml"])).packages
    assert package.wheels is not None
    assert package.wheels[0].url == f"https://w.example/{NAME}"


def test_without_hashes_nothing_else_stands_for_the_address() -> None:
    bare = located().model_copy(update={"hashes": ()})
    assert list(install_files(build_plan(requirements=(bare,)))) == ["pylock.toml"]


def test_one_package_without_an_address_makes_a_requirements_file_of_all() -> None:
    other = LockedRequirement(name="b", version="2", hashes=(HASH,))
    odd = located(url="https://w.example/download/7").model_copy(update={"name": "c"})
    files = install_files(build_plan(requirements=(located(), other, odd)))
    lines = [line for line in files["requirements.txt"].splitlines() if "--hash" not in line]
    assert lines == [f"a @ https://w.example/{NAME} \\", "b==2 \\", "c==1.0 \\"]
    assert list(files) == ["requirements.txt"]


def test_choices_of_files_stand_in_front_and_nothing_else_does() -> None:
    choices = (
        "--no-binary numpy",
        "--only-binary :all:",
        "--index-url https://evil.example",
        "-r x",
    )
    assert requirements_text([], choices) == "--no-binary numpy\n--only-binary :all:\n"


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


def test_the_experimental_reader_of_uv_is_asked_for_by_name() -> None:
    assert uv_arguments("pylock.toml", require_hashes=True) == [
        "--preview-features", "pylock", "--require-hashes"
    ]  # fmt: skip
    assert uv_arguments("requirements.txt", require_hashes=False) == []


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
