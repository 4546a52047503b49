"""Every MUST of the pylock.toml specification, chapter Installation, by the number of its step.

1. gather extras and groups; 2. lock-version; 3. requires-python; 4. environments; 5. each package:
5.1 marker, 5.2 its requires-python, 5.3 no second instance, 5.4 no conflicting sources, 5.5 add it;
6. install each: vcs, directory, archive, wheels, sdist. What packaging's own `Pylock.select` says
stands beside each answer, where it has one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock, PylockSelectError, PylockValidationError
from packaging.tags import Tag

from amun_core.errors import InvalidLockError
from amun_core.lock import read_lock, select
from amun_core.lock_files import NoFittingFileError
from amun_core.plan import LockedRequirement
from amun_core.specification import LockFormat
from amun_core.wheel_tags import linux_tags

HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
TAGS = {
    tag: place
    for place, tag in enumerate(dict.fromkeys(linux_tags((3, 11), "x86_64", ("glibc", 2, 36))))
}


def hash_of(letter: str) -> str:
    return f'hashes = {{ sha256 = "{letter * 64}" }}'


def wheel(name: str, letter: str = "a", more: str = "") -> str:
    return f'{{ name = "{name}", url = "https://files.example/{name}", {more}{hash_of(letter)} }}'


def package(name: str = "a", *wheels: str, more: str = "") -> str:
    files = ", ".join(wheels or (wheel(f"{name}-1.0-py3-none-any.whl"),))
    return f'[[packages]]\nname = "{name}"\nversion = "1.0"\n{more}\nwheels = [{files}]\n'


def chosen(
    text: str, markers: Mapping[str, str] = LINUX, tags: Mapping[Tag, int] = TAGS
) -> list[LockedRequirement]:
    return list(select(read_lock(text, LockFormat.PYLOCK), markers, tags))


def of_packaging(text: str, markers: Mapping[str, str] = LINUX) -> list[str]:
    pylock = Pylock.from_dict(tomllib.loads(text))
    found = pylock.select(environment=markers, tags=list(TAGS))  # type: ignore[arg-type]
    return sorted(f"{one.name} {getattr(file, 'name', None)}" for one, file in found)


def assert_refused(text: str, *words: str, markers: Mapping[str, str] = LINUX) -> None:
    """Refused by us with these words, and by packaging."""
    with pytest.raises(InvalidLockError) as caught:
        chosen(text, markers)
    for word in words:
        assert word in str(caught.value)
    with pytest.raises((PylockSelectError, PylockValidationError)):
        of_packaging(text, markers)


def assert_names(text: str, *names: str) -> None:
    """Selected by us and by packaging."""
    assert [one.name for one in chosen(text)] == list(names)
    assert [one.split()[0] for one in of_packaging(text)] == list(names)


def test_step_1_1_no_extra_is_asked_for() -> None:
    lock = HEAD + 'extras = ["plot"]\n' + package()
    assert_names(lock + package("b", more="marker = \"'plot' in extras\""), "a")
    assert_names(lock + package("b", more="marker = \"'plot' not in extras\""), "a", "b")


def test_step_1_2_the_default_groups_are_asked_for() -> None:
    groups = 'dependency-groups = ["dev"]\ndefault-groups = ["default"]\n'
    dev = package("b", more="marker = \"'dev' in dependency_groups\"")
    default = package("c", more="marker = \"'default' in dependency_groups\"")
    assert_names(HEAD + groups + package() + dev + default, "a", "c")
    assert_names(HEAD + package() + dev + default, "a")


@pytest.mark.parametrize("version", ["2.0", "0.9", "x"])
def test_step_2_a_version_of_the_format_that_is_not_supported_is_an_error(version: str) -> None:
    assert_refused(f'lock-version = "{version}"\ncreated-by = "t"\n' + package())


def test_step_2_a_later_minor_version_is_read() -> None:
    assert_names('lock-version = "1.1"\ncreated-by = "t"\n' + package(), "a")


def test_step_3_requires_python_is_kept_for_whoever_knows_the_base() -> None:
    text = HEAD + 'requires-python = ">=3.13"\n' + package()
    # the plan refuses it: tests/unit/amun_core/test_planning.py
    assert read_lock(text, LockFormat.PYLOCK).requires_python == ">=3.13"


def test_step_4_one_environment_must_be_satisfied() -> None:
    windows, linux = "sys_platform == 'win32'", "sys_platform == 'linux'"
    assert_refused(HEAD + f'environments = ["{windows}"]\n' + package(), "other environments")
    assert_names(HEAD + f'environments = ["{windows}", "{linux}"]\n' + package(), "a")
    assert_refused(HEAD + "environments = [\"python_version >= '3.12'\"]\n" + package(), "3.12")


def test_step_4_an_empty_list_restricts_nothing_as_for_pip() -> None:
    """As pipenv writes it. uv refuses the file, pip 26.3 installs it."""
    assert [one.name for one in chosen(HEAD + "environments = []\n" + package())] == ["a"]


def test_step_5_1_what_does_not_apply_is_skipped_whatever_it_is() -> None:
    marker = "marker = \"sys_platform == 'win32'\""
    vcs = 'vcs = { type = "git", url = "https://x.example/x.git", commit-id = "0" }'
    sources = [
        vcs,
        'directory = { path = "./x" }',
        f'archive = {{ path = "x.zip", {hash_of("a")} }}',
        f'archive = {{ url = "file:///x.zip", {hash_of("a")} }}',
    ]
    for source in sources:
        text = HEAD + package() + f'[[packages]]\nname = "x"\n{marker}\n{source}\n'
        assert_names(text, "a")
        with pytest.raises(InvalidLockError, match=r"x|address"):
            chosen(text, {**LINUX, "sys_platform": "win32"})
    narrow = package("b", more="marker = \"python_version < '3.8'\"\nrequires-python = '<3.8'")
    assert_names(HEAD + package() + narrow, "a")


def test_step_5_2_requires_python_of_a_package_must_be_met() -> None:
    for needs in (">=3.13", "<3.11", "!=3.11.7"):
        text = HEAD + package(more=f'requires-python = "{needs}"')
        assert_refused(text, "a 1.0 requires Python", needs, "3.11.7")
    assert_names(HEAD + package(more='requires-python = ">=3.8,<3.12"'), "a")


def test_step_5_3_a_second_active_entry_is_ambiguous() -> None:
    assert_refused(HEAD + package() + package(), "several entries")
    assert_refused(HEAD + package() + package(more="marker = \"os_name == 'posix'\""), "several")
    other = package().replace("1.0", "2.0")
    assert_refused(HEAD + package() + other, "1.0 and 2.0")
    inactive = package(more="marker = \"os_name == 'nt'\"")
    assert_names(HEAD + package() + inactive + inactive, "a")


@pytest.mark.parametrize(
    "source",
    [
        'directory = { path = "." }\nwheels = []',
        f'directory = {{ path = "." }}\narchive = {{ path = "a", {hash_of("a")} }}',
        'directory = { path = "." }\nsdist = { name = "a-1.0.tar.gz", url = "https://x", '
        + hash_of("a") + " }",
        "",
        "wheels = []",
        'wheels = [{ name = "a-1.0-py3-none-any.whl", ' + hash_of("a") + " }]",
        'wheels = [{ name = "b-1.0-py3-none-any.whl", url = "https://x", ' + hash_of("a") + " }]",
        'wheels = [{ name = "a-2.0-py3-none-any.whl", url = "https://x", ' + hash_of("a") + " }]",
        'wheels = [{ name = "a-1.0-py3-none-any.whl", url = "https://x", hashes = {} }]',
    ],
)  # fmt: skip
def test_step_5_4_conflicting_or_missing_sources_are_an_error(source: str) -> None:
    text = HEAD + f'[[packages]]\nname = "a"\nversion = "1.0"\n{source}\n'
    with pytest.raises(InvalidLockError):
        chosen(text)


def test_step_5_5_everything_else_is_added() -> None:
    assert_names(HEAD + package("b") + package("a"), "a", "b")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('vcs = { type = "git", url = "https://x.example/x", commit-id = "0" }', "version control"),
        ('directory = { path = "./a" }', "a directory"),
    ],
)
def test_step_6_vcs_and_directory_are_not_taken_and_said_so(source: str, kind: str) -> None:
    with pytest.raises(InvalidLockError, match=kind):
        chosen(HEAD + f'[[packages]]\nname = "a"\n{source}\n')


def test_step_6_archive_the_address_hashes_size_and_folder_are_kept() -> None:
    url = "https://files.example/a-1.0.zip"
    archive = f'archive = {{ url = "{url}", size = 7, subdirectory = "p/q", {hash_of("a")} }}'
    [found] = chosen(HEAD + f'[[packages]]\nname = "a"\nversion = "1.0"\n{archive}\n')
    assert found.file is not None
    assert (found.url, found.file.size, found.file.subdirectory) == (url, 7, "p/q")
    assert found.hashes == found.file.hashes == ("sha256:" + "a" * 64,)
    for below in ("../x", "/x", "a b", "x;y"):
        bad = archive.replace("p/q", below)
        with pytest.raises(InvalidLockError, match="plain relative path"):
            chosen(HEAD + f'[[packages]]\nname = "a"\nversion = "1.0"\n{bad}\n')


def test_step_6_wheels_the_best_for_the_platform_is_taken() -> None:
    names = [
        "a-1.0-cp311-cp311-win_amd64.whl",
        "a-1.0-py3-none-any.whl",
        "a-1.0-cp311-cp311-linux_x86_64.whl",
        "a-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "a-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
        "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "a-1.0-cp311-cp311-manylinux_2_40_x86_64.whl",
    ]
    letters = "0123456"
    wheels = [wheel(name, letter) for name, letter in zip(names, letters, strict=True)]
    [found] = chosen(HEAD + package("a", *wheels))
    assert found.file is not None
    assert (found.file.name, found.file.hashes) == (names[3], ("sha256:" + "3" * 64,))
    assert found.file.url == f"https://files.example/{names[3]}"
    built = wheel("a-1.0-2-cp311-cp311-manylinux_2_17_x86_64.whl", "b")
    [newer] = chosen(HEAD + package("a", *wheels, built))
    assert newer.file is not None
    assert newer.file.hashes == ("sha256:" + "b" * 64,)


def test_step_6_wheels_none_for_the_platform_is_an_error_without_an_sdist() -> None:
    windows = wheel("a-1.0-cp311-cp311-win_amd64.whl")
    assert_refused(
        HEAD + package("a", windows), "a 1.0 has no wheel for this platform", "win_amd64"
    )
    with pytest.raises(NoFittingFileError):
        chosen(HEAD + package("a", windows))
    sdist = 'sdist = { name = "a-1.0.tar.gz", url = "https://x.example/a-1.0.tar.gz", %s }'
    text = HEAD + package("a", windows, more=sdist % hash_of("b"))
    [found] = chosen(text)
    assert found.file is not None
    assert (found.file.kind, found.file.name) == ("sdist", "a-1.0.tar.gz")
    assert of_packaging(text) == ["a a-1.0.tar.gz"]


def test_step_6_sdist_alone_is_taken() -> None:
    sdist = f'sdist = {{ name = "a-1.0.tar.gz", url = "https://x.example/f", {hash_of("b")} }}'
    [found] = chosen(HEAD + f'[[packages]]\nname = "a"\nversion = "1.0"\n{sdist}\n')
    assert found.file is not None
    assert (found.file.kind, found.file.url) == ("sdist", "https://x.example/f")


@pytest.mark.parametrize("place", ['path = "./a-1.0-py3-none-any.whl"', 'url = "file:///srv/a"'])
def test_step_6_a_file_beside_the_lock_is_looked_for_by_its_hash(place: str) -> None:
    """Only the lock is sent, and it may not make the service read its own files."""
    file = f'{{ name = "a-1.0-py3-none-any.whl", {place}, {hash_of("a")} }}'
    lock = read_lock(HEAD + package("a", file), LockFormat.PYLOCK)
    assert "lie beside the lock" in lock.warnings[0].message
    [found] = select(lock, LINUX, TAGS)
    assert (found.file, found.hashes) == (None, ("sha256:" + "a" * 64,))


def test_step_6_the_address_is_used_where_there_is_a_path_too() -> None:
    file = wheel("a-1.0-py3-none-any.whl", more='path = "./a.whl", ')
    [found] = chosen(HEAD + package("a", file))
    assert found.file is not None
    assert found.file.url == "https://files.example/a-1.0-py3-none-any.whl"


def test_an_environment_that_is_not_told_restricts_nothing() -> None:
    """A digest of a stack is asked for where nothing is installed."""
    lock = read_lock(
        HEAD
        + "environments = [\"sys_platform == 'win32'\"]\n"
        + package("a", wheel("a-1.0-cp311-cp311-win_amd64.whl"), more='requires-python = ">=3.13"'),
        LockFormat.PYLOCK,
    )
    assert [one.name for one in select(lock, {})] == ["a"]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["a-1.0-py3-none-any.whl"], "a-1.0-py3-none-any.whl"),
        (["a-1.0-cp311-cp311-win_amd64.whl", "a-1.0-py3-none-any.whl"], "a-1.0-py3-none-any.whl"),
        (["a-1.0-py2.py3-none-any.whl"], "a-1.0-py2.py3-none-any.whl"),
        (["a-1.0-cp311-cp311-linux_x86_64.whl"], "a-1.0-cp311-cp311-linux_x86_64.whl"),
        (["a-1.0-cp311-cp311-win_amd64.whl", "a-1.0-cp311-cp311-linux_x86_64.whl"], None),
    ],
)
def test_where_the_tags_are_not_known_only_what_leaves_no_choice_is_chosen(
    names: list[str], taken: str | None
) -> None:
    lock = read_lock(HEAD + package("a", *map(wheel, names)), LockFormat.PYLOCK)
    [found] = select(lock, LINUX, None)
    assert (found.file.name if found.file else None) == taken


# Any lock: what packaging selects --------------------------------------------------------------

MARKERS = st.sampled_from(
    [
        None,
        "sys_platform == 'win32'",
        "sys_platform == 'linux'",
        "python_version >= '3.12'",
        "python_full_version >= '3.11.7'",
        "'dev' in dependency_groups",
        "'default' in dependency_groups",
        "'plot' in extras",
        "'plot' not in extras",
    ]
)
PYTHONS = st.sampled_from([None, ">=3.8", ">=3.12", "<3.11", ">=3.11.7,<4"])
WHEEL_TAGS = st.lists(
    st.sampled_from(
        [
            "py3-none-any",
            "cp311-cp311-win_amd64",
            "cp311-cp311-linux_x86_64",
            "cp311-cp311-manylinux_2_17_x86_64",
            "cp311-cp311-manylinux_2_28_x86_64.manylinux_2_5_x86_64",
            "cp39-abi3-manylinux2014_x86_64",
            "cp312-cp312-manylinux_2_17_x86_64",
            "py2.py3-none-any",
        ]
    ),
    unique=True,
    max_size=5,
)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        MARKERS,
        PYTHONS,
        WHEEL_TAGS,
        st.booleans(),
        st.sampled_from(["files"] * 8 + ["vcs", "directory"]),
    ),
    min_size=1,
    max_size=5,
)


def entry(
    name: str, marker: str | None, python: str | None, tags: list[str], sdist: bool, kind: str
) -> dict[str, object]:
    hashes = {"sha256": "a" * 64}
    found: dict[str, object] = {"name": name, "version": "1.0"}
    found |= {"marker": marker} if marker else {}
    found |= {"requires-python": python} if python else {}
    if kind == "vcs":
        return {**found, "vcs": {"type": "git", "url": "https://x.example/x", "commit-id": "0"}}
    if kind == "directory":
        return {**found, "directory": {"path": "./x"}}
    names = [f"{name}-1.0-{tag}.whl" for tag in tags]
    wheels = [{"name": one, "url": f"https://w.example/{one}", "hashes": hashes} for one in names]
    found |= {"wheels": wheels} if wheels else {}
    if sdist or not wheels:
        file = f"{name}-1.0.tar.gz"
        found["sdist"] = {"name": file, "url": f"https://w.example/{file}", "hashes": hashes}
    return found


@given(
    ENTRIES,
    st.sampled_from(
        [None, [], ["sys_platform == 'win32'"], ["sys_platform == 'win32'", "os_name == 'posix'"]]
    ),
    st.sampled_from([None, ["default"], ["dev"], []]),
)
def test_any_lock_selects_what_packaging_selects(
    entries: list[tuple[str, str | None, str | None, list[str], bool, str]],
    environments: list[str] | None,
    groups: list[str] | None,
) -> None:
    document: dict[str, object] = {"lock-version": "1.0", "created-by": "t"}
    document |= {"environments": environments} if environments is not None else {}
    document |= {"default-groups": groups} if groups is not None else {}
    document["packages"] = [entry(*one) for one in entries]
    text = tomli_w.dumps(document)
    try:
        chosen_by_packaging = list(
            Pylock.from_dict(document).select(environment=LINUX, tags=list(TAGS))  # type: ignore[arg-type]
        )
    except PylockSelectError:
        with pytest.raises(InvalidLockError):
            chosen(text)
        return
    if any(one.vcs or one.directory for one, _ in chosen_by_packaging):
        with pytest.raises(InvalidLockError):
            chosen(text)
        return
    theirs = {one.name: getattr(file, "filename", None) for one, file in chosen_by_packaging}
    assert {one.name: one.file.name if one.file else None for one in chosen(text)} == theirs
