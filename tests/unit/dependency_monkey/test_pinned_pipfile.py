from __future__ import annotations

import json
import tomllib

import pytest

from amun_core.plan import IndexSource
from dependency_monkey.errors import LockError
from dependency_monkey.pinned import PinnedStack, Pinner
from dependency_monkey.pinned_pipfile import pipfile_files, pipfile_hash
from dependency_monkey.problem import Policy, PreReleases
from tests.support.small_index import EXTRA, MAIN, Release, SmallIndex, problem_of

#: Its hash is the one that `pipenv verify` (2026.10.3) accepted.
PIPFILE = """\
[[source]]
url = "https://index.example/simple"
name = "main"
verify_ssl = true

[packages]
Sphinx = "*"
my_pkg = { version = ">=1", extras = ["b", "a"], index = "main" }

[dev-packages]
"Py.Test" = "==8.*"

[docs]
Some_Thing = "*"

[requires]
python_version = "3.11"

[scripts]
run = "python -m x"

[pipenv]
allow_prereleases = true
"""
HASH = "7eb213ee6284820ad5182c9d1f50c244e7f7e0ea6ff3e89e3ea486ec47c63b11"


def pinned(*words: str, policy: Policy | None = None, source: IndexSource = MAIN) -> PinnedStack:
    projects = {"main": {"app": {"1": Release()}}, "extra": {"own": {"1": Release()}}}
    problem = problem_of(*words, sources=(source.name, "extra"), policy=policy)
    crawled = SmallIndex(projects).crawl(problem)
    stack = {root.name: "1" for root in problem.roots}
    return Pinner(crawled, problem, [source, EXTRA]).pin(stack)


def test_the_hash_is_that_of_pipenv() -> None:
    assert pipfile_hash(PIPFILE) == HASH


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Sphinx", "sphinx", True),
        ("my_pkg", "My.pkg", False),  # a dot makes it a key of parts
        ('"Py.Test"', "py-test", True),
        ("Some_Thing", "some-thing", True),
        ('run = "python -m x"', "", True),
        ("allow_prereleases = true", "", True),
        ('python_version = "3.11"', 'python_version = "3.12"', False),
        ('"*"', '">=1"', False),
        ("verify_ssl = true", "verify_ssl = false", False),
    ],
)
def test_what_the_hash_depends_on(old: str, new: str, same: bool) -> None:
    changed = PIPFILE.replace(old, new)
    assert changed != PIPFILE
    assert (pipfile_hash(changed) == HASH) is same


def test_the_pipfile_of_the_person_stays_as_it_is() -> None:
    text = "# mine\n" + PIPFILE.replace('Sphinx = "*"', 'app = "*"  # why')
    written = pipfile_files(pinned("app"), text)
    assert written["Pipfile"] == text
    lock = json.loads(written["Pipfile.lock"])
    assert lock["_meta"]["hash"] == {"sha256": pipfile_hash(text)}
    assert lock["_meta"]["requires"] == {"python_version": "3.11"}
    assert lock["_meta"]["sources"] == tomllib.loads(text)["source"]


def test_sources_are_added_to_a_pipfile_that_names_none() -> None:
    text = '[packages]\napp = "*"\n'
    written = pipfile_files(pinned("app"), text)["Pipfile"]
    assert written.startswith(text)
    assert [one["name"] for one in tomllib.loads(written)["source"]] == ["main", "extra"]
    assert tomllib.loads(written)["packages"] == {"app": "*"}


def test_variables_stay_and_passwords_go() -> None:
    for user, shown in (("${ME}:${PW}@", "${ME}:${PW}@"), ("me:pw@", "")):
        text = PIPFILE.replace("https://", f"https://{user}")
        written = pipfile_files(pinned("app"), text)
        assert written["Pipfile"] == PIPFILE.replace("https://", f"https://{shown}")
        lock = json.loads(written["Pipfile.lock"])
        assert lock["_meta"]["sources"][0]["url"] == f"https://{shown}index.example/simple"
        assert lock["_meta"]["hash"]["sha256"] == pipfile_hash(written["Pipfile"])


def test_a_made_pipfile_says_what_was_asked() -> None:
    stack = pinned(
        "app[b,a]>=1", "app<2", "own @ extra", policy=Policy(pre_releases=PreReleases.ALLOW)
    )
    made = tomllib.loads(pipfile_files(stack)["Pipfile"])
    assert made["packages"] == {
        "app": {"version": "<2,>=1", "extras": ["a", "b"]},
        "own": {"version": "*", "index": "extra"},
    }
    assert made["pipenv"] == {"allow_prereleases": True}
    assert made["requires"] == {"python_version": "3.11"}
    lock = json.loads(pipfile_files(stack)["Pipfile.lock"])
    assert {name: one["index"] for name, one in lock["default"].items()} == {
        "app": "main",
        "own": "extra",
    }


def test_the_configured_index_is_named_only_where_it_must_be() -> None:
    stack = pinned("app", source=IndexSource(name="main", url=""))
    written = pipfile_files(stack, None, lambda: "https://me:pw@mirror.example/simple")
    (source, _) = tomllib.loads(written["Pipfile"])["source"]
    assert source == {"name": "main", "url": "https://mirror.example/simple", "verify_ssl": True}
    # a Pipfile that names its sources is not asked
    assert "mirror" not in str(pipfile_files(stack, PIPFILE, lambda: "https://mirror.example"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PIPFILE.replace('name = "main"', 'name = "other"'), "no source named main"),
        ("[[source", "not TOML"),
    ],
)
def test_another_pipfile_is_refused(text: str, message: str) -> None:
    with pytest.raises(LockError, match=message):
        pipfile_files(pinned("app"), text)
