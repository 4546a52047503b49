from __future__ import annotations

import time

import pytest

from amun_core.errors import InvalidLockError
from amun_core.lock import Lock, read_lock
from amun_core.specification import LockFormat

HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
HASH = "a" * 64


def lock_of(text: str) -> Lock:
    return read_lock(text, LockFormat.PYLOCK)


def messages(text: str) -> list[str]:
    with pytest.raises(InvalidLockError) as caught:
        lock_of(text)
    assert all(fault.pointer == "" for fault in caught.value.faults)
    return [fault.message for fault in caught.value.faults]


def package(name: str, version: str = "1.0", more: str = "") -> str:
    return f"""
[[packages]]
name = "{name}"
version = "{version}"
{more}
[packages.sdist]
url = "https://index.example/{name}-{version}.tar.gz"
hashes = {{sha256 = "{HASH}"}}
"""


def test_wheels_and_sdist_give_the_hashes() -> None:
    lock = lock_of(
        HEAD
        + 'requires-python = ">=3.10"\n'
        + package(
            "b", "1.0", 'marker = "os_name == \'nt\'"\nindex = "https://index.example/simple"'
        )
        + "[[packages.wheels]]\n"
        + 'url = "https://index.example/b-1.0-py3-none-any.whl"\n'
        + f'hashes = {{sha256 = "{"B" * 64}", md5 = "00"}}\n'
        + package("a")
    )
    a, b = lock.packages
    assert (a.name, a.marker, a.index) == ("a", None, None)
    assert b.hashes == (f"sha256:{HASH}", f"sha256:{'b' * 64}")
    assert (b.marker, b.index, b.url) == ('os_name == "nt"', "index", None)
    assert lock.requires_python == ">=3.10"
    assert [(source.name, source.url) for source in lock.sources] == [
        ("index", "https://index.example/simple")
    ]
    assert lock.warnings == ()


def test_every_package_is_judged() -> None:
    text = HEAD + package("A_") + package("b") + package("c", "x")
    found = messages(text)
    assert len(found) == 2
    assert "packages[0]" in found[0]
    assert "not normalized" in found[0]
    assert "packages[2]" in found[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "not TOML"),
        ('lock-version = "2.0"\ncreated-by = "t"\npackages = []', "2.0"),
        ('created-by = "t"\npackages = []', "lock-version"),
        (HEAD, "packages"),
        (HEAD + "packages = 3", "packages"),
        (
            HEAD + '[[packages]]\nname = "a"\n[packages.directory]\npath = "."\n',
            "a comes from a directory: only pinned files are taken",
        ),
        (
            HEAD + '[[packages]]\nname = "a"\n[packages.vcs]\ntype = "git"\n'
            'url = "https://index.example/a.git"\ncommit-id = "1"\n',
            "a comes from a version control system",
        ),
        (
            HEAD + '[[packages]]\nname = "a"\n[packages.archive]\npath = "a.zip"\n'
            f'hashes = {{sha256 = "{HASH}"}}\n',
            "not an http or https address",
        ),
        (HEAD + "packages = [" + "{" * 60, "nested too deeply"),
        ("a." * 200_000 + "a = 1", "nested too deeply"),
        ("'a' . \"a\"." * 100_000 + "a = 1", "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_lock_is_refused(text: str, message: str) -> None:
    started = time.monotonic()
    assert message in " ".join(messages(text))
    assert time.monotonic() - started < 5
