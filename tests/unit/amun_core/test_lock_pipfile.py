from __future__ import annotations

from typing import Any

import pytest

from amun_core.errors import InvalidLockError
from amun_core.lock import Lock, lock_digest, read_lock, select
from amun_core.lock_pipfile import pipfile_lock_document
from amun_core.specification import LockFormat

HASH = "sha256:" + "a" * 64
LINUX = {"sys_platform": "linux", "python_version": "3.11", "python_full_version": "3.11.7"}


def lock_of(document: Any) -> Lock:
    return read_lock(document, LockFormat.PIPFILE_LOCK)


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidLockError) as caught:
        lock_of(document)
    return {fault.pointer: fault.message for fault in caught.value.faults}


def one(entry: Any) -> dict[str, Any]:
    return {"default": {"Some_Name": entry}}


def test_everything_of_a_package_is_read() -> None:
    lock = lock_of(
        {
            "_meta": {
                "requires": {"python_full_version": "3.11.2", "python_version": "3.11"},
                "sources": [{"name": "main", "url": "https://index.example/simple"}],
            },
            "default": {
                "Some.Name": {
                    "version": "==1.0-RC1",
                    "hashes": [HASH.upper().replace("SHA256", "sha256"), "sha512:" + "b" * 128],
                    "markers": "python_version>='3' ",
                    "index": "main",
                    "extras": ["B", "a"],
                }
            },
        }
    )
    [package] = lock.packages
    assert package.name == "some-name"
    assert package.version == "1.0rc1"
    assert package.hashes == (HASH, "sha512:" + "b" * 128)
    assert package.marker == 'python_version >= "3"'
    assert package.index == "main"
    assert package.extras == ("a", "b")
    assert lock.python_version == "3.11.2"
    assert lock.sources[0].url == "https://index.example/simple"
    assert lock.warnings == ()


def test_markers_of_old_locks_stand_under_their_variables() -> None:
    entry = {"version": "==1", "hashes": [HASH], "sys_platform": "== 'win32'", "os_name": "!= 'x'"}
    [package] = lock_of(one(entry)).packages
    assert package.marker == 'os_name != "x" and sys_platform == "win32"'


def test_the_normal_form_reads_back_to_the_same_lock() -> None:
    lock = lock_of(
        {
            "_meta": {
                "requires": {"python_version": "3.11"},
                "sources": [{"name": "m", "url": "https://index.example/s", "verify_ssl": "false"}],
            },
            "default": {
                "B": {"file": "https://index.example/b-2.0-py3-none-any.whl", "hashes": [HASH]},
                "a": {"version": "1", "markers": "os_name == ''posix''", "index": "m"},
            },
            "develop": {"c": {"version": "==1"}},
        }
    )
    again = lock_of(pipfile_lock_document(lock, {"sha256": "0"}))
    assert again.packages == lock.packages
    assert again.sources == lock.sources
    assert again.python_version == lock.python_version
    assert [warning.pointer for warning in lock.warnings] == [
        "/_meta/sources/0/verify_ssl",
        "/_meta/sources/0/verify_ssl",
        "/default/a/version",
        "/default/a/markers",
        "/develop",
        "",
    ]
    assert [warning.message for warning in again.warnings] == [
        "false has no effect: whom to trust is said by the configuration of pip on the host",
        "no hashes for 1 of 2 packages: a",
    ]


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({"version": "*"}, "/version"),
        ({"version": ">=1"}, "/version"),
        ({"version": ""}, "/version"),
        ({"version": "=="}, "/version"),
        ({"version": "==1.*"}, "/version"),
        ({"version": 1.5}, "/version"),
        ({"version": None}, "/version"),
        ({}, "/version"),
        ({"git": "https://index.example/x.git", "ref": "main"}, "/git"),
        ({"path": "."}, "/path"),
        ({"file": "file:///tmp/x.whl"}, "/file"),
        ({"file": "https://index.example/other-1-py3-none-any.whl"}, "/file"),
        ({"version": "==1", "hashes": "x"}, "/hashes"),
        ({"version": "==1", "hashes": ["sha256:00"]}, "/hashes/0"),
        ({"version": "==1", "hashes": [HASH, "md5:" + "0" * 32]}, "/hashes/1"),
        ({"version": "==1", "hashes": [HASH] * 1001}, "/hashes"),
        ({"version": "==1", "markers": "python_version ~~ 3"}, "/markers"),
        ({"version": "==1", "markers": 3}, "/markers"),
        ({"version": "==1", "markers": "(" * 5000}, "/markers"),
        ({"version": "==1", "index": 3}, "/index"),
        ({"version": "==1", "extras": ["!"]}, "/extras/0"),
        ([], ""),
        (None, ""),
    ],
)
def test_what_does_not_pin_is_refused_with_its_place(entry: Any, pointer: str) -> None:
    assert list(faults(one(entry))) == [f"/default/Some_Name{pointer}"]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/default"),
        ({"default": []}, "/default"),
        ({"default": {"a b": {"version": "==1"}}}, "/default/a b"),
        ({"default": {"a/b~c": {"version": "==1"}}}, "/default/a~1b~0c"),
        ({"default": {"A.b": {"version": "==1"}, "a-B": {"version": "==1"}}}, "/default/a-B"),
        ({"default": {}, "_meta": []}, "/_meta"),
        ({"default": {}, "_meta": {"requires": []}}, "/_meta/requires"),
        ({"default": {}, "_meta": {"requires": {"python_version": "x"}}}, "/_meta/requires/python_version"),
        ({"default": {}, "_meta": {"sources": {}}}, "/_meta/sources"),
        ({"default": {}, "_meta": {"sources": [1]}}, "/_meta/sources/0"),
        ({"default": {}, "_meta": {"sources": [{"name": "a"}]}}, "/_meta/sources/0/url"),
        ({"default": {f"p{n}": {"version": "==1"} for n in range(2001)}}, "/default"),
    ],
)  # fmt: skip
def test_what_is_no_lock_is_refused_with_its_place(document: Any, pointer: str) -> None:
    assert list(faults(document)) == [pointer]


def test_a_text_has_no_pointers_into_it() -> None:
    with pytest.raises(InvalidLockError) as caught:
        lock_of('{"default": {"a": {"version": "*"}}}')
    [fault] = caught.value.faults
    assert fault.pointer == ""
    assert fault.message == "/default/a/version: a is not pinned to one version: '*'"


def test_an_index_that_is_not_there_is_worth_a_warning() -> None:
    lock = lock_of(one({"version": "==1", "hashes": [HASH], "index": "gone"}))
    [warning] = lock.warnings
    assert warning.pointer == "/default/Some_Name"
    assert warning.message == "its index 'gone' is not among the sources"


WINDOWS = "sys_platform == 'win32'"


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "*"},
        {},
        {"version": ">=1"},
        {"git": "https://me:hunter2@example.org/x.git", "ref": "0123"},
        {"path": "./x"},
        {"path": "./x", "editable": True},
        {"file": "file:///srv/x-1-py3-none-any.whl"},
        {"file": "https://files.example/x.zip"},
        {"version": "===odd+"},
    ],
)
def test_what_does_not_apply_is_passed_over_whatever_it_comes_from(entry: dict[str, Any]) -> None:
    """As pipenv itself writes for another platform: {"version": "*", "markers": ...}."""
    six = {"version": "==1.16.0", "hashes": [HASH]}
    for marker in (WINDOWS, "python_version < '3.8'"):
        document = {"default": {"six": six, "x": {**entry, "markers": marker}}}
        lock = lock_of(document)
        assert [one.name for one in select(lock, LINUX)] == ["six"]
        other = {"sys_platform": "win32", "python_version": "3.7", "python_full_version": "3.7.1"}
        with pytest.raises(InvalidLockError, match="x"):
            select(lock, other)
        # what is stored says the same, without the address
        stored = pipfile_lock_document(lock)
        assert "hunter2" not in str(stored)
        again = lock_of(stored)
        assert [one.marker for one in again.unusable] == [one.marker for one in lock.unusable]
        assert (
            lock_digest(again)
            == lock_digest(lock)
            != lock_digest(lock_of({"default": {"six": six}}))
        )
        with pytest.raises(InvalidLockError, match="x"):
            select(again, other)


def test_markers_under_their_variables_are_evaluated_first_too() -> None:
    lock = lock_of({"default": {"x": {"version": "*", "sys_platform": "== 'win32'"}}})
    assert select(lock, LINUX) == ()


@pytest.mark.parametrize("marker", [None, "sys_platform == 'linux'", "python_version >= '3.8'"])
def test_what_applies_everywhere_is_refused_at_once(marker: str | None) -> None:
    entry = {"git": "https://example.org/x.git"} | ({"markers": marker} if marker else {})
    assert "comes from 'git'" in faults({"default": {"x": entry}})["/default/x/git"]


def test_a_login_of_variables_is_left_to_the_host() -> None:
    """pipenv expands them on the machine of whoever locks; here they are another machine's."""
    for login in ("${USER}:${TOKEN}", "$USER:$TOKEN", "${TOKEN}", "me:${TOKEN}"):
        source = {"name": "m", "url": f"https://{login}@index.example/s"}
        lock = lock_of({"_meta": {"sources": [source]}, "default": {}})
        assert lock.sources[0].url == "https://index.example/s"
        assert "not expanded" in lock.warnings[0].message
    for url in ("https://${HOST}/s", "https://me:p@index.example/${TOKEN}/s"):
        found = faults({"_meta": {"sources": [{"name": "m", "url": url}]}, "default": {}})
        assert found == {"/_meta/sources/0/url": "a variable in an address is not expanded here"}
    kept = "https://index.example/a$b/s?x=$"
    lock = lock_of({"_meta": {"sources": [{"name": "m", "url": kept}]}, "default": {}})
    assert lock.sources[0].url == kept
