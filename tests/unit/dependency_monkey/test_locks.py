"""Every format against golden files, read back by our own readers; and what no output may hold."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_core.lock import read_lock, select, stack_digest
from amun_core.plan import IndexSource
from amun_core.specification import LockFormat
from dependency_monkey.crawl import Crawled
from dependency_monkey.errors import LockError, NotAStackError
from dependency_monkey.locks import LockWriter
from dependency_monkey.problem import Problem
from dependency_monkey.space import Space
from tests.support.small_index import ENVIRONMENT, EXTRA, MAIN, Release, SmallIndex, problem_of

STACK = {"app": "2.0", "numpy": "1.26.4", "own": "1.0", "speed": "0.1", "web": "3.1"}
WORDS = ("app>=1", "own==1.* ; sys_platform == 'linux' @ extra")


def small_index() -> SmallIndex:
    linux = "cp311-cp311-manylinux_2_17_x86_64"
    main = {
        "app": {
            "2.0": Release(("numpy>=1.20", "web[fast]; python_version >= '3'")),
            "1.0": Release(),
        },
        "numpy": {
            "1.26.4": Release(tags=(linux, f"1-{linux}", "cp312-cp312-macosx_11_0_arm64")),
        },
        "web": {"3.1": Release(("speed; extra == 'fast'",), ("fast",), python=None)},
        "speed": {"0.1": Release(sdist=False)},
    }
    return SmallIndex({"main": main, "extra": {"own": {"1.0": Release()}}})


@pytest.fixture(scope="module")
def problem() -> Problem:
    return problem_of(*WORDS)


@pytest.fixture(scope="module")
def crawled(problem: Problem) -> Crawled:
    return small_index().crawl(problem)


@pytest.fixture(scope="module")
def writer(crawled: Crawled, problem: Problem) -> LockWriter:
    return LockWriter(crawled, problem, [EXTRA, MAIN])


CASES = list(itertools.product(LockFormat, (False, True)))


@pytest.mark.parametrize(("lock_format", "all_files"), CASES)
def test_golden_files(
    writer: LockWriter,
    crawled: Crawled,
    project_root: Path,
    lock_format: LockFormat,
    all_files: bool,
) -> None:
    folder = project_root / "tests/fixtures/locks" / ("all_files" if all_files else "one_file")
    written = writer.write(STACK, lock_format, all_files=all_files, index_addresses=all_files)
    for name, text in written.items():
        found = text.replace(crawled.snapshot.digest, "d" * 64)
        assert found == (folder / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize(("lock_format", "all_files"), CASES)
def test_our_readers_find_the_same_stack(
    writer: LockWriter, lock_format: LockFormat, all_files: bool
) -> None:
    text = writer.write(STACK, lock_format, all_files=all_files)[str(lock_format)]
    lock = read_lock(text, lock_format)
    # whom to trust is the host's business: a lock that says it is told so
    assert all("verify_ssl" in warning.message for warning in lock.warnings)
    found = select(lock, ENVIRONMENT.markers)
    assert {one.name: one.version for one in found} == STACK
    hashes = {one.name: len(one.hashes) for one in found}
    assert hashes == (
        {"app": 2, "numpy": 4, "own": 2, "speed": 1, "web": 2}
        if all_files
        else dict.fromkeys(STACK, 1)
    )


def test_all_formats_are_one_stack(writer: LockWriter) -> None:
    digests = {
        stack_digest(
            select(read_lock(writer.write(STACK, one)[str(one)], one), ENVIRONMENT.markers)
        )
        for one in LockFormat
    }
    assert len(digests) == 1


@pytest.mark.parametrize("lock_format", LockFormat)
def test_equal_input_gives_equal_bytes(problem: Problem, lock_format: LockFormat) -> None:
    def written(order: list[str], sources: list[IndexSource]) -> dict[str, str]:
        writer = LockWriter(small_index().crawl(problem), problem, sources)
        stack = {name: STACK[name] for name in order}
        return writer.write(stack, lock_format, all_files=True, index_addresses=True)

    names = list(STACK)
    assert written(names, [MAIN, EXTRA]) == written(names[::-1], [EXTRA, MAIN])


def test_the_file_with_the_highest_build_number_is_the_one(writer: LockWriter) -> None:
    text = writer.write(STACK, LockFormat.PYLOCK)["pylock.toml"]
    packages = {one["name"]: one for one in tomllib.loads(text)["packages"]}
    assert [wheel["name"] for wheel in packages["numpy"]["wheels"]] == [
        "numpy-1.26.4-1-cp311-cp311-manylinux_2_17_x86_64.whl"
    ]


def test_versions_may_be_spelled_otherwise(writer: LockWriter) -> None:
    spelled = {**STACK, "numpy": "1.26.4.0", "app": "v2"}
    for lock_format in LockFormat:
        assert writer.write(spelled, lock_format) == writer.write(STACK, lock_format)


@pytest.mark.parametrize("lock_format", LockFormat)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speed": None}, "web 3.1 requires speed, which the stack has not"),
        ({"app": None}, "the problem requires app, which the stack has not"),
        ({"app": "1.0"}, "nothing in the stack requires numpy"),
        ({"numpy": "9"}, "numpy 9 is not in the space"),
        ({"other": "1"}, "other is not required by anything that was asked for"),
    ],
)
def test_what_is_no_stack_is_refused(
    writer: LockWriter, lock_format: LockFormat, change: dict[str, str | None], message: str
) -> None:
    wrong = {name: version for name, version in {**STACK, **change}.items() if version}
    with pytest.raises(NotAStackError, match=message):
        writer.write(wrong, lock_format)


def test_a_file_without_hash_is_named() -> None:
    problem = problem_of("bare", sources=("main",))
    crawled = SmallIndex({"main": {"bare": {"1": Release(hashed=False)}}}).crawl(problem)
    with pytest.raises(LockError, match=r"main tells no sha256 of bare-1-py3-none-any\.whl"):
        LockWriter(crawled, problem, [MAIN]).write({"bare": "1"}, LockFormat.PYLOCK)


def test_every_source_of_the_problem_must_be_given(crawled: Crawled, problem: Problem) -> None:
    with pytest.raises(LockError, match="the index extra of the problem"):
        LockWriter(crawled, problem, [MAIN])


@pytest.mark.parametrize("lock_format", LockFormat)
def test_no_output_holds_credentials(lock_format: LockFormat) -> None:
    secret = "hunter2"
    index = SmallIndex(
        {"main": {"one": {"1": Release(origin=f"https://me:{secret}@files.example")}}}
    )
    index.snapshot.pages = {
        key: type(page)(
            page.name,
            page.source,
            tuple(
                type(file)(
                    file.filename,
                    f"{file.url}?signature={secret}",
                    file.sha256,
                    file.requires_python,
                )
                for file in page.files
            ),
        )
        for key, page in index.snapshot.pages.items()
        if page is not None
    }
    problem = problem_of("one", sources=("main",))
    source = IndexSource(name="main", url=f"https://me:{secret}@index.example/simple")
    pipfile = f'[[source]]\nname = "main"\nurl = "{source.url}"\n\n[packages]\none = "*"\n'
    crawled = index.crawl(problem, [MAIN])
    for text in (None, pipfile):
        writer = LockWriter(crawled, problem, [source], pipfile=text)
        written = "".join(
            writer.write({"one": "1"}, lock_format, index_addresses=True, all_files=True).values()
        )
        assert secret not in written
        assert "me:" not in written
        assert "https://index.example/simple" in written


VERSIONS = st.lists(
    st.sampled_from(["0.1", "1!2.0", "1.0.post1", "2.0+local.7", "2024.1.30", "1.0a1", "10"]),
    min_size=1,
    max_size=3,
    unique=True,
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?", fullmatch=True)


@given(
    projects=st.dictionaries(NAMES, VERSIONS, min_size=1, max_size=5),
    seed=st.integers(0, 1000),
    all_files=st.booleans(),
)
def test_any_stack_is_read_back(projects: dict[str, list[str]], seed: int, all_files: bool) -> None:
    names = sorted(projects)
    # a chain, so that all but the first are there because another asks for them
    following = dict(zip(names, [*names[1:], None], strict=True))
    releases = {
        name: {
            version: Release((after,) if (after := following[name]) else ()) for version in versions
        }
        for name, versions in projects.items()
    }
    problem = problem_of(names[0], sources=("main",))
    crawled = SmallIndex({"main": releases}).crawl(problem)
    writer = LockWriter(crawled, problem, [MAIN])
    (stack,) = Space.compile(crawled).sample(1, seed)
    for lock_format in LockFormat:
        text = writer.write(stack, lock_format, all_files=all_files)[str(lock_format)]
        found = select(read_lock(text, lock_format), ENVIRONMENT.markers)
        assert {one.name: one.version for one in found} == stack
        assert all(len(one.hashes) == (2 if all_files else 1) for one in found)
