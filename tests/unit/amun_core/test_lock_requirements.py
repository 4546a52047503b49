from __future__ import annotations

import pytest

from amun_core.errors import InvalidLockError
from amun_core.lock import Lock, read_lock, select
from amun_core.locked_package import Origin
from amun_core.specification import LockFormat

HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LINUX = {"sys_platform": "linux", "python_version": "3.11", "python_full_version": "3.11.7"}


def lock_of(text: str) -> Lock:
    return read_lock(text, LockFormat.REQUIREMENTS)


def messages(text: str) -> list[str]:
    with pytest.raises(InvalidLockError) as caught:
        lock_of(text)
    return [fault.message for fault in caught.value.faults]


def test_pip_syntax() -> None:
    lock = lock_of(
        "# a comment\r\n"
        "--index-url https://index.example/simple  # main\r\n"
        "--extra-index-url=https://extra.example/simple\r\n"
        "\r\n"
        "Some_Name[B,a] == 1.0 ; python_version >= '3' \\\r\n"
        f"    --hash={HASH} \\\r\n"
        f"    --hash {OTHER}  # via x\r\n"
        "    # via y\r\n"
        f"b @ https://index.example/b-2.0-py3-none-any.whl#sha256=00 --hash={HASH}\r\n"
    )
    b, some = lock.packages
    assert (some.name, some.version, some.extras) == ("some-name", "1.0", ("a", "b"))
    assert some.marker == 'python_version >= "3"'
    assert some.hashes == (HASH, OTHER)
    assert (b.version, b.url) == ("2.0", "https://index.example/b-2.0-py3-none-any.whl#sha256=00")
    assert [(source.name, source.url) for source in lock.sources] == [
        ("index", "https://index.example/simple"),
        ("extra-1", "https://extra.example/simple"),
    ]


def test_the_last_index_url_holds() -> None:
    lock = lock_of("-i https://a.example/simple\n-i https://b.example/simple\na==1")
    assert [source.url for source in lock.sources] == ["https://b.example/simple"]


def test_a_line_may_end_with_the_file() -> None:
    assert lock_of(f"a==1 \\\n --hash={HASH}").packages[0].hashes == (HASH,)
    assert lock_of("a==1 \\").packages[0].version == "1"


def test_doubled_quotes_in_a_marker_are_mended() -> None:
    lock = lock_of(f"a==1 ; python_version >= ''3.5'' --hash={HASH}")
    assert lock.packages[0].marker == 'python_version >= "3.5"'
    assert lock.warnings[0].message == (
        'line 1: doubled quotes were read as single ones: python_version >= "3.5"'
    )


def test_missing_hashes_are_named() -> None:
    [warning] = lock_of(f"b==1\na==1\nc==1 --hash={HASH}").warnings
    assert warning.message == "no hashes for 2 of 3 packages: a, b"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "-r other.txt",
            "line 1: --requirement names another requirements file, which is not part of",
        ),
        ("--requirement=other.txt", "line 1: --requirement names another requirements file"),
        ("-c constraints.txt", "line 1: --constraint names a constraints file"),
        ("-e .", "line 1: --editable names an editable project"),
        ("--editable ./x", "line 1: --editable names an editable project"),
        ("./local", "line 1: './local' is a path"),
        ("/tmp/x.whl", "line 1: '/tmp/x.whl' is a path"),
        ("x-1-py3-none-any.whl", "line 1: 'x-1-py3-none-any.whl' is a path"),
        ("numpy", "line 1: numpy is not pinned to one version: ''"),
        ("numpy>=2", "line 1: numpy is not pinned to one version: '>=2'"),
        ("numpy==2.*", "line 1: numpy is not pinned to one version: '==2.*'"),
        ("numpy==2,<3", "line 1: numpy is not pinned"),
        ("a==1 --no-deps", "line 1: '--no-deps' is not taken in a requirements file"),
        ("--frobnicate", "line 1: '--frobnicate' is not taken in a requirements file"),
        ("-i ftp://index.example", "line 1: not an http or https address"),
        (f"a==1 --hash=md5:{'0' * 32}", f"line 1: 'md5:{'0' * 32}' is not a hash"),
        ("a @ https://index.example/b-1-py3-none-any.whl", "line 1: the file name does not tell"),
        ("a @ git+https://index.example/a.git", "line 1: not an http or https address"),
        ("a ==1 ; (((", "line 1: 'a ==1 ; (((' is not a requirement"),
        ("=", "line 1: '=' is not a requirement"),
    ],
)
def test_what_is_no_pinned_package_is_refused(line: str, message: str) -> None:
    [found] = messages(line)
    assert found.startswith(message)


def test_every_line_is_judged() -> None:
    assert [message.split(":")[0] for message in messages("a\n\nb==1\n\nc>1")] == [
        "line 1",
        "line 5",
    ]


def test_a_password_is_not_repeated() -> None:
    texts = "".join(
        messages("a ? https://me:hunter2@index.example/a\n-i ssh://me:hunter2@index.example/s")
    )
    assert "hunter2" not in texts


def test_options_without_effect_are_named_with_the_reason() -> None:
    lock = lock_of("--pre\n--trusted-host index.example\na==1")
    assert [warning.message for warning in lock.warnings][:2] == [
        "line 1: --pre has no effect: every version is pinned",
        (
            "line 2: --trusted-host has no effect: whom to trust is said by the configuration of "
            "pip on the host"
        ),
    ]


def test_options_that_say_where_files_come_from_are_kept() -> None:
    lock = lock_of(
        "--no-index\n-f https://wheels.example/a.html\n--find-links=http://wheels.example/b/\n"
        "--no-binary Numpy,scipy\n--only-binary :all:\n-f https://wheels.example/a.html\na==1"
    )
    assert lock.origin == Origin(
        ("https://wheels.example/a.html", "http://wheels.example/b/"),
        no_index=True,
        choices=("--no-binary numpy", "--no-binary scipy", "--only-binary :all:"),
    )
    assert [warning.message for warning in lock.warnings] == ["no hashes for 1 of 1 packages: a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-f ./wheels\na==1", "line 1: --find-links names no http or https page"),
        ("--find-links wheels\na==1", "line 1: --find-links names no http or https page"),
        ("-f file:///srv/wheels\na==1", "line 1: --find-links names no http or https page"),
        ("-f https://me:secret@/\na==1", None),
        ("--no-binary 'a b'\na==1", "line 1: --no-binary: 'a b' is not a package name"),
        ("--only-binary -r\na==1", "line 1: --only-binary: '-r' is not a package name"),
        ("--require-hashes\na==1", "line 2: a has no hashes, and line 1 says --require-hashes"),
        (
            "--only-final a\na==1rc1",
            "line 2: a 1rc1 is a pre-release, and line 1 says --only-final",
        ),
        ("--only-final :all:\na==1.dev1", "line 2: a 1.dev1 is a pre-release"),
    ],
)
def test_options_that_cannot_be_obeyed_are_faults_at_their_line(
    text: str, message: str | None
) -> None:
    if message is None:
        assert lock_of(text).origin.find_links
        return
    [found] = messages(text)
    assert found.startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "--require-hashes\na==1 ; sys_platform == 'win32'",
        "--require-hashes\n--no-require-hashes\na==1",
        "--only-final b\na==1rc1",
        "--all-releases a\na==1rc1",
    ],
)
def test_options_that_do_not_concern_a_package_refuse_nothing(text: str) -> None:
    assert [one.name for one in lock_of(text).packages] == ["a"]


@pytest.mark.parametrize(
    "line",
    [
        "b @ git+https://index.example/b.git",
        "b @ file:///srv/b-1-py3-none-any.whl",
        "b @ https://index.example/other-1-py3-none-any.whl",
        "b",
        "b>=2",
        "./b-1-py3-none-any.whl",
        "../b",
    ],
)
def test_what_does_not_apply_is_passed_over_whatever_it_comes_from(line: str) -> None:
    inactive = lock_of(f"a==1\n{line} ; sys_platform == 'win32'")
    assert [one.name for one in select(inactive, LINUX)] == ["a"]
    with pytest.raises(InvalidLockError, match=r"b|path"):
        select(inactive, {**LINUX, "sys_platform": "win32"})
    maybe = lock_of(f"a==1\n{line} ; python_version < '3.12'")
    assert [one.name for one in select(maybe, {**LINUX, "python_version": "3.12"})] == ["a"]
    with pytest.raises(InvalidLockError):
        select(maybe, LINUX)
    # what holds everywhere is told at once
    assert messages(f"a==1\n{line} ; sys_platform == 'linux'")


@pytest.mark.parametrize("option", ["-i", "--extra-index-url", "--find-links"])
def test_variables_in_an_address_are_not_those_of_this_host(option: str) -> None:
    lock = lock_of(f"{option} https://me:${{TOKEN}}@w.example/s\na==1")
    urls = [source.url for source in lock.sources] + list(lock.origin.find_links)
    assert urls == ["https://w.example/s"]
    [found] = messages(f"{option} https://w.example/${{TOKEN}}/s\na==1")
    assert found == "line 1: a variable in an address is not expanded here"
