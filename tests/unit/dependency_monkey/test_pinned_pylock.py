from __future__ import annotations

import tomllib

import pytest
from packaging.pylock import Pylock, PylockSelectError

from amun_core.plan import IndexSource
from dependency_monkey.pinned import Pinner
from dependency_monkey.pinned_pylock import pylock_files
from tests.support.small_index import ENVIRONMENT, Release, SmallIndex, problem_of

LINUX = "cp311-cp311-manylinux_2_17_x86_64"


def lock_of(
    release: Release, *, all_files: bool = False, url: str = "https://index.example/simple"
) -> Pylock:
    problem = problem_of("app", sources=("main",))
    crawled = SmallIndex({"main": {"app": {"1": release}}}).crawl(problem)
    source = IndexSource(name="main", url=url)
    pinned = Pinner(crawled, problem, [source]).pin({"app": "1"}, all_files=all_files)
    return Pylock.from_dict(tomllib.loads(pylock_files(pinned)["pylock.toml"]))


@pytest.mark.parametrize("all_files", [False, True])
def test_an_installer_selects_the_defining_wheel(all_files: bool) -> None:
    lock = lock_of(Release(tags=("py3-none-any", LINUX)), all_files=all_files)
    ((_, file),) = lock.select(environment=dict(ENVIRONMENT.markers), tags=list(ENVIRONMENT.tags))
    assert file.name == f"app-1-{LINUX}.whl"


def test_one_file_is_for_one_environment() -> None:
    windows = {**ENVIRONMENT.markers, "sys_platform": "win32"}
    with pytest.raises(PylockSelectError):
        list(lock_of(Release()).select(environment=windows, tags=list(ENVIRONMENT.tags)))
    everywhere = lock_of(Release(), all_files=True)
    assert list(everywhere.select(environment=windows, tags=list(ENVIRONMENT.tags)))


def test_python_stays_the_one_that_the_stack_is_valid_for() -> None:
    newer = {**ENVIRONMENT.markers, "python_version": "3.12", "python_full_version": "3.12.1"}
    with pytest.raises(PylockSelectError):
        list(
            lock_of(Release(), all_files=True).select(
                environment=newer, tags=list(ENVIRONMENT.tags)
            )
        )


def test_what_is_told_of_a_file() -> None:
    lock = lock_of(Release(python=">=3.8,!=3.9.0"), all_files=True)
    (package,) = lock.packages
    assert package.index == "https://index.example/simple"
    assert package.requires_python == ">=3.8,!=3.9.0"
    assert package.sdist is not None
    (wheel,) = package.wheels or ()
    assert wheel.size == len("app-1-py3-none-any.whl")
    assert wheel.upload_time is not None
    assert wheel.upload_time.isoformat() == "2025-03-04T05:06:07+00:00"


def test_the_configured_index_is_not_named() -> None:
    (package,) = lock_of(Release(), url="").packages
    assert package.index is None
