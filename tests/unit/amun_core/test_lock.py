from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amun_core.errors import InvalidLockError
from amun_core.identity import parse_identity
from amun_core.lock import (
    Lock,
    LockedPackage,
    detect_lock_format,
    lock_digest,
    read_lock,
    select,
    stack_digest,
)
from amun_core.specification import LockFormat

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.2",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
}
INDEX = "https://index.example/simple"


def pipfile_lock(default: Mapping[str, Any]) -> Lock:
    return read_lock({"default": dict(default)}, LockFormat.PIPFILE_LOCK)


def pairs(lock: Lock, markers: Mapping[str, str] = MARKERS) -> list[tuple[str, str]]:
    return [(item.name, item.version) for item in select(lock, markers)]


# One stack, written in the three formats ------------------------------------------------------

LETTERS = st.sampled_from("abXYZ09")
NAMES = st.builds(
    "{}{}{}{}".format, st.sampled_from("aBc"), LETTERS, st.sampled_from("-_."), LETTERS
)
VERSIONS = st.builds(
    "{}.{}{}{}".format,
    st.integers(0, 99),
    st.integers(0, 9),
    st.sampled_from(["", ".0", ".0.0", ".11"]),
    st.sampled_from(["", "a1", "rc2", ".post1", "+cpu"]),
)
HASHES = st.lists(st.integers(0, 2**256 - 1).map("{:064x}".format), min_size=1, max_size=3)
MARKER_TEXTS = st.sampled_from(
    [
        None,
        "python_version >= '3.8'",
        'python_version < "3.8"',
        "sys_platform == 'win32' or os_name=='posix'",
        "(sys_platform == 'linux' and python_full_version < '3.12')",
        "platform_machine != 'x86_64'",
    ]
)
STACKS = st.dictionaries(NAMES, st.tuples(VERSIONS, HASHES, MARKER_TEXTS), max_size=8).filter(
    lambda stack: len({canonical(name) for name in stack}) == len(stack)
)
Stack = dict[str, tuple[str, list[str], str | None]]


def canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def as_pipfile_lock(stack: Stack) -> str:
    default = {
        name: {"version": f"=={version}", "hashes": [f"sha256:{item}" for item in hashes]}
        | ({"markers": marker} if marker else {})
        for name, (version, hashes, marker) in stack.items()
    }
    source = {"name": "main", "url": INDEX, "verify_ssl": True}
    return json.dumps({"_meta": {"sources": [source]}, "default": default, "develop": {}})


def as_requirements(stack: Stack) -> str:
    lines = ["# made by hand", f"--index-url {INDEX}", ""]
    for name, (version, hashes, marker) in stack.items():
        tail = f" ; {marker}" if marker else ""
        lines.append(f"{name}=={version}{tail} \\")
        lines += [f"    --hash=sha256:{item} \\" for item in hashes[:-1]]
        lines += [f"    --hash=sha256:{hashes[-1]}", "    # via something"]
    return "\n".join(lines) + "\n"


def as_pylock(stack: Stack) -> str:
    lines = ['lock-version = "1.0"', 'created-by = "test"', "packages = []" if not stack else ""]
    for name, (version, hashes, marker) in stack.items():
        lines += ["[[packages]]", f'name = "{canonical(name)}"', f'version = "{version}"']
        lines += [f'index = "{INDEX}"']
        if marker:
            lines.append(f"marker = {json.dumps(marker)}")
        wheel = canonical(name).replace("-", "_")
        files = ", ".join(
            f'{{url = "https://index.example/{n}/{wheel}-{version}-py3-none-any.whl", '
            f'hashes = {{sha256 = "{item}"}}}}'
            for n, item in enumerate(hashes)
        )
        lines.append(f"wheels = [{files}]")
    return "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=60)
@given(stack=STACKS)
def test_one_stack_in_three_formats_has_one_digest(stack: Stack) -> None:
    locks = [
        read_lock(as_pipfile_lock(stack), LockFormat.PIPFILE_LOCK),
        read_lock(as_pylock(stack), LockFormat.PYLOCK),
        read_lock(as_requirements(stack), LockFormat.REQUIREMENTS),
    ]
    assert len({lock.packages for lock in map(without_index, locks)}) == 1
    assert len({lock_digest(lock) for lock in locks}) == 1
    assert len({stack_digest(select(lock, MARKERS)) for lock in locks}) == 1
    applying = {canonical(name) for name, (_, _, marker) in stack.items() if applies(marker)}
    assert {name for name, _ in pairs(locks[0])} == applying


def applies(marker: str | None) -> bool:
    return marker is None or not ('< "3.8"' in marker or "x86_64" in marker)


def without_index(lock: Lock) -> Lock:
    packages = tuple(
        LockedPackage(p.name, p.version, p.marker, p.hashes, p.url, None, p.extras)
        for p in lock.packages
    )
    return Lock(packages)


# Digests --------------------------------------------------------------------------------------


def test_the_stack_digest_knows_neither_index_nor_hashes_nor_what_is_left_out() -> None:
    one = pipfile_lock({"a": {"version": "==1.0", "hashes": ["sha256:" + "0" * 64]}})
    other = read_lock(
        f"--index-url https://other.example/simple\na==1.0.0 --hash=sha256:{'1' * 64}\n"
        f"b==2 ; python_version < '3' --hash=sha256:{'1' * 64}\n",
        LockFormat.REQUIREMENTS,
    )
    assert stack_digest(select(one, MARKERS)) == stack_digest(select(other, MARKERS))
    assert lock_digest(one) != lock_digest(other)
    assert parse_identity(lock_digest(one)).scheme == "lock"
    assert parse_identity(stack_digest(())).scheme == "stack"


@pytest.mark.parametrize(
    "change",
    [
        {"version": "==1.1"},
        {"hashes": ["sha256:" + "1" * 64]},
        {"markers": "os_name == 'posix'"},
    ],
)
def test_the_lock_digest_covers_each_part(change: dict[str, Any]) -> None:
    entry: dict[str, Any] = {"version": "==1.0", "hashes": ["sha256:" + "0" * 64]}
    assert lock_digest(pipfile_lock({"a": entry})) != lock_digest(
        pipfile_lock({"a": entry | change})
    )
    assert lock_digest(pipfile_lock({"a": entry})) != lock_digest(pipfile_lock({"b": entry}))


def test_the_order_of_a_lock_does_not_matter() -> None:
    a, b = {"version": "==1"}, {"version": "==2"}
    assert lock_digest(pipfile_lock({"a": a, "b": b})) == lock_digest(
        pipfile_lock({"b": b, "a": a})
    )


# Selection ------------------------------------------------------------------------------------


def test_markers_are_asked_of_the_given_interpreter_not_of_this_one() -> None:
    lock = pipfile_lock({"a": {"version": "==1", "markers": "python_version < '3'"}})
    assert pairs(lock) == []
    old = MARKERS | {"python_version": "2.7", "python_full_version": "2.7.18"}
    assert pairs(lock, old) == [("a", "1")]


def test_an_extra_is_never_asked_for() -> None:
    lock = pipfile_lock({"a": {"version": "==1", "markers": "extra == 'gpu'"}})
    assert pairs(lock) == []


def test_a_missing_marker_variable_is_not_taken_from_this_process() -> None:
    lock = pipfile_lock({"a": {"version": "==1", "markers": "os_name == 'posix'"}})
    assert pairs(lock, {}) == []


def test_two_versions_that_both_apply_cannot_be_installed() -> None:
    lock = read_lock("a==1\na==2\n", LockFormat.REQUIREMENTS)
    with pytest.raises(InvalidLockError, match="a: 1 and 2 would both be installed"):
        select(lock, MARKERS)
    split = read_lock(
        "a==1 ; python_version < '3'\na==2 ; python_version >= '3'\n", LockFormat.REQUIREMENTS
    )
    assert pairs(split) == [("a", "2")]


def test_one_version_named_twice_keeps_the_hashes_of_both() -> None:
    lock = read_lock(
        f"a==1 --hash=sha256:{'0' * 64}\na==1 ; os_name == 'posix' --hash=sha256:{'1' * 64}\n",
        LockFormat.REQUIREMENTS,
    )
    [item] = select(lock, MARKERS)
    assert item.hashes == ("sha256:" + "0" * 64, "sha256:" + "1" * 64)


def test_default_groups_of_a_pylock_are_installed_others_not() -> None:
    text = """
lock-version = "1.0"
created-by = "test"
dependency-groups = ["dev", "main"]
default-groups = ["main"]
[[packages]]
name = "a"
version = "1"
marker = "'main' in dependency_groups"
archive = {url = "https://index.example/a-1.tar.gz", hashes = {sha256 = "HASH"}}
[[packages]]
name = "b"
version = "1"
marker = "'dev' in dependency_groups"
archive = {url = "https://index.example/b-1.tar.gz", hashes = {sha256 = "HASH"}}
""".replace("HASH", "0" * 64)
    [item] = select(read_lock(text, LockFormat.PYLOCK), MARKERS)
    assert (item.name, item.url) == ("a", "https://index.example/a-1.tar.gz")


# Which format ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "content", "expected"),
    [
        ("Pipfile.lock", "", LockFormat.PIPFILE_LOCK),
        ("some/where/Pipfile.lock", "", LockFormat.PIPFILE_LOCK),
        ("lock.json", " {}", LockFormat.PIPFILE_LOCK),
        ("pylock.toml", "", LockFormat.PYLOCK),
        ("pylock.gpu.toml", "", LockFormat.PYLOCK),
        ("requirements.txt", "", LockFormat.REQUIREMENTS),
        ("", '{"default": {}}', LockFormat.PIPFILE_LOCK),
        ("", 'lock-version = "1.0"\n[[packages]]\nname = "a"', LockFormat.PYLOCK),
        ("stack", "a==1", LockFormat.REQUIREMENTS),
    ],
)
def test_detect_lock_format(filename: str, content: str, expected: LockFormat) -> None:
    assert detect_lock_format(filename, content) is expected


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(InvalidLockError, match=r"stack\.yaml: not a lock.*Pipfile\.lock"):
        detect_lock_format("stack.yaml", "a: 1")


@pytest.mark.parametrize("lock_format", LockFormat)
@pytest.mark.parametrize(
    "text", ["\x00", "{" * 5000, "[" * 5000, "=" * 200, '{"a": NaN}', "a" * 10**6]
)
def test_garbage_is_an_invalid_lock(lock_format: LockFormat, text: str) -> None:
    with pytest.raises(InvalidLockError):
        read_lock(text, lock_format)


@settings(deadline=None)
@given(text=st.text(alphabet="ab=1.;<>'\" \n\\-#@[]{}()_:/,", max_size=80))
@pytest.mark.parametrize("lock_format", LockFormat)
def test_any_text_is_a_lock_or_an_invalid_one(lock_format: LockFormat, text: str) -> None:
    refused: InvalidLockError | None = None
    try:
        lock_digest(read_lock(text, lock_format))
    except InvalidLockError as error:
        refused = error
    assert refused is None or refused.faults


def test_an_object_is_expected_only_of_pipfile_lock() -> None:
    with pytest.raises(InvalidLockError, match=r"the text of a pylock\.toml is expected"):
        read_lock({}, LockFormat.PYLOCK)
