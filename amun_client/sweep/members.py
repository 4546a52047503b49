"""The stacks of a sweep: locks in a folder, or stacks of a space with their locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amun_client.comparison.arms import FRAMEWORK_PACKAGES, guess_framework
from amun_client.errors import UsageFaultError
from amun_client.submission import read_lock_file
from amun_core.lock import detect_lock_format, read_lock
from amun_core.specification import LockFormat
from amun_core.sweep import MOST_MEMBERS

Document = dict[str, Any]

#: So many differing packages stand in a name before its number tells the stacks apart.
_NAMED = 2
_LONGEST_NAME = 128
#: Of what tells equal names apart.
_LONGEST_WORDS = 48
_LOCK_SUFFIXES = (".lock", ".toml", ".txt", ".json")


@dataclass(frozen=True, slots=True)
class Member:
    """A stack: its name, its lock as the service takes it, its pins."""

    name: str
    lock: Document
    pins: Mapping[str, str]

    def document(self) -> Document:
        """What is sent."""
        return {"name": self.name, "lock": self.lock}


def members_in(folder: Path) -> list[Member]:
    """Every lock below `folder`, by path; also FOLDER/N/Pipfile.lock as the prior system wrote them."""
    found = []
    for path in sorted(folder.rglob("*"), key=_by_number):
        if path.is_file() and _looks_like_a_lock(path):
            found.append(_member_of(path, folder))
        if len(found) > MOST_MEMBERS:
            raise UsageFaultError(f"{folder} has more than {MOST_MEMBERS} locks")
    if not found:
        raise UsageFaultError(
            f"no lock in {folder}",
            hint="Pipfile.lock, pylock.toml or requirements.txt, in it or in folders below it",
        )
    return found


def member_from(path: Path) -> Member:
    """The stack in one lock file."""
    return _member_of(path, path.parent)


def _by_number(path: Path) -> list[tuple[int, int, str]]:
    """10 after 9, not after 1."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in path.with_suffix("").parts
    ]


def _looks_like_a_lock(path: Path) -> bool:
    name = path.name.lower()
    return (
        path.suffix in _LOCK_SUFFIXES
        and name not in {"pyproject.toml", "environ.json", "ac.json", "specification.json"}
        and not name.startswith(".")
    )


def _member_of(path: Path, folder: Path) -> Member:
    lock = read_lock_file(path)
    read = read_lock(lock["content"], LockFormat(lock["format"]))
    relative = path.relative_to(folder)
    # of N/Pipfile.lock the folder is the name; of numpy-2.1.txt the file
    inside = relative.name in {"Pipfile.lock", "pylock.toml", "requirements.txt"}
    named = relative.parent if inside and relative.parent != Path() else relative.with_suffix("")
    return Member(
        str(named)[-_LONGEST_NAME:], lock, {one.name: one.version for one in read.packages}
    )


def members_of(entries: Sequence[Mapping[str, Any]], first: Sequence[str] = ()) -> list[Member]:
    """Stacks of an answer about a space, each with its lock; `first` are names to be named by."""
    stacks = [entry["stack"] for entry in entries]
    names = stack_names(stacks, first)
    return [
        Member(name, _lock_of(entry["lock"]), dict(entry["stack"]))
        for name, entry in zip(names, entries, strict=True)
    ]


def _lock_of(files: Mapping[str, str]) -> Document:
    for name, content in files.items():
        if name != "Pipfile":
            return {"format": str(detect_lock_format(name, content)), "content": content}
    raise AssertionError("an answer with locks has one for each stack")


def stack_names(stacks: Sequence[Mapping[str, str]], first: Sequence[str] = ()) -> list[str]:
    """Names that tell stacks apart by what differs among them.

    >>> stack_names([{"numpy": "2.1.0", "six": "1"}, {"numpy": "2.0.0", "six": "1"}])
    ['numpy 2.1.0', 'numpy 2.0.0']
    """
    differing = _differing(stacks)
    known = [name for name in (*first, *FRAMEWORK_PACKAGES) if name in differing]
    chosen = list(dict.fromkeys(known)) or sorted(differing)
    chosen = chosen[:_NAMED]
    plain = [
        ", ".join(f"{name} {stack[name]}" for name in chosen if name in stack) or "stack"
        for stack in stacks
    ]
    short = [name[:_LONGEST_NAME] for name in plain]
    if len(set(short)) == len(short):
        return short
    told = [name[:_LONGEST_NAME] for name in _told_apart(plain, stacks)]
    if len(set(told)) == len(told):
        return told
    return [f"{name[: _LONGEST_NAME - 10]} #{number}" for number, name in enumerate(told, 1)]


def _told_apart(plain: Sequence[str], stacks: Sequence[Mapping[str, str]]) -> list[str]:
    """Equal names with what else differs among those who bear them: `numpy 2.1 (six 1.16)`."""
    told = list(plain)
    width = len(str(len(plain)))
    for name in {one for one in plain if plain.count(one) > 1}:
        places = [place for place, one in enumerate(plain) if one == name]
        alike = [stacks[place] for place in places]
        words = _few_words(alike)
        for place, word in zip(places, words, strict=True):
            more = f" ({word})" if word and len(word) < _LONGEST_WORDS else ""
            told[place] = name[: _LONGEST_NAME - _LONGEST_WORDS - 10] + more
        if len({told[place] for place in places}) < len(places):
            for place in places:
                told[place] = f"{told[place]} #{place + 1:0{width}}"
    return told


def _few_words(stacks: Sequence[Mapping[str, str]]) -> list[str]:
    """For each of some stacks the versions of as few packages as tell them apart."""
    chosen: list[str] = []
    words = [""] * len(stacks)
    for name in sorted(_differing(stacks)):
        more = [*chosen, name]
        tried = [
            ", ".join(f"{one} {stack[one]}" if one in stack else f"no {one}" for one in more)
            for stack in stacks
        ]
        # another package that divides them no further would be a word too many
        if len(set(tried)) > len(set(words)):
            chosen, words = more, tried
    return words


def _differing(stacks: Sequence[Mapping[str, str]]) -> set[str]:
    names = {name for stack in stacks for name in stack}
    return {name for name in names if len({stack.get(name) for stack in stacks}) > 1}


def differing_packages(pins: Iterable[Mapping[str, str]]) -> list[str]:
    """Packages of which the stacks have different versions, or which some lack, by name."""
    return sorted(_differing(list(pins)))


def framework_of(members: Sequence[Member]) -> str | None:
    """The framework that the packages of all stacks speak for."""
    found = {guess_framework(member.pins) for member in members}
    return found.pop() if len(found) == 1 else None
