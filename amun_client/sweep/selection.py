"""Which stacks of a space are swept: a sample, a cover, all of them, those near to a lock, the newest."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from packaging.utils import canonicalize_name

from amun_client.errors import UsageFaultError
from amun_client.stack.process import Where
from amun_client.stack.request import given_file, question, text_of
from amun_client.sweep.members import Member, members_of
from amun_core.specification import LockFormat
from amun_core.stack_request import LARGEST_SEED, Distribution, StackVerb
from amun_core.sweep import MOST_MEMBERS

Document = dict[str, Any]
#: Questions after which a sample is taken as it is; of a space twice as large two suffice.
_DRAWS = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
#: sample: over the versions of what was named; uniform: over all stacks.
_DISTRIBUTIONS = {"sample": Distribution.NAMED, "uniform": Distribution.UNIFORM}
#: Puts a question about a space; the answer.
Asking = Callable[[Document, Where], Document]


@dataclass(frozen=True, slots=True)
class Selection:
    """How stacks are chosen. `text` is what was typed; `near` the lock to stay near to."""

    text: str
    verb: StackVerb
    fields: Mapping[str, Any]
    near: Path | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The stacks, the one that is their reference among them, and where they come from."""

    members: list[Member]
    reference: str
    origin: Document
    answer: Document


def parse_selection(text: str) -> Selection:
    """`sample:100`, `uniform:100`, `cover:1`, `enumerate`, `nearest:LOCK:2`, `best:20`.

    Raises UsageFaultError.
    """
    word, _, rest = text.partition(":")
    if word in _DISTRIBUTIONS:
        fields = {"number": _number(text, rest), "distribution": _DISTRIBUTIONS[word].value}
        return Selection(text, StackVerb.SAMPLE, fields)
    if word == "best":
        return Selection(text, StackVerb.BEST, {"number": _number(text, rest)})
    if word == "cover" and rest in {"", "1", "2"}:
        return Selection(text, StackVerb.COVER, {"strength": int(rest or 1)})
    if word == "enumerate" and not rest:
        return Selection(text, StackVerb.LIST, {"number": MOST_MEMBERS})
    if word == "nearest" and rest:
        return _nearest(text, rest)
    raise UsageFaultError(
        f"--select {text}: not understood",
        hint="sample:100, uniform:100, cover:1, cover:2, enumerate, nearest:Pipfile.lock:2, best:20",
    )


def _number(text: str, given: str) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= MOST_MEMBERS:
        raise UsageFaultError(f"--select {text}: a number up to {MOST_MEMBERS} is expected")
    return int(given)


def _nearest(text: str, rest: str) -> Selection:
    name, colon, most = rest.rpartition(":")
    if not colon or not most.isdecimal():
        name, most = rest, "1"
    path = Path(name)
    if not path.is_file():
        raise UsageFaultError(f"--select {text}: no lock file {name}")
    fields = {"most_differing": int(most), "number": MOST_MEMBERS, "near": given_file(path)}
    return Selection(text, StackVerb.NEAREST, fields, near=path)


def selection_option(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> Selection | None:
    """The callback of --select."""
    return None if value is None else parse_selection(value)


def choose(
    selection: Selection,
    given: Mapping[str, Any],
    what: Sequence[str],
    ask: Asking,
    *,
    seed: int | None,
    reference: Member | None,
) -> Chosen:
    """Ask for the stacks, and for the newest one, which is the reference where none is given.

    All questions are answered from one snapshot of the index.
    """
    with tempfile.TemporaryDirectory() as folder:
        space = _Space(given, what, ask, Path(folder) / "snapshot")
        if selection.verb is StackVerb.SAMPLE:
            entries, answer = _sample(space, selection.fields, seed or 0)
        else:
            answer = space.ask(selection.verb, **selection.fields)
            entries = list(answer["stacks"])
            _check_number(selection, answer)
        if reference is None:
            (standard,) = space.ask(StackVerb.BEST, number=1)["stacks"]
            entries = [standard, *(one for one in entries if one["stack"] != standard["stack"])]
    members = members_of(entries, _roots(what))
    if reference is not None:
        members = [reference, *(one for one in members if one.pins != reference.pins)]
    if len(members) > MOST_MEMBERS:
        raise _too_many(f"{len(members)}")
    return Chosen(members, members[0].name, _origin(selection, answer, what, seed), answer)


class _Space:
    """Questions about one space: the first reads the index, the others its snapshot."""

    def __init__(
        self, given: Mapping[str, Any], what: Sequence[str], ask: Asking, kept: Path
    ) -> None:
        self._given, self._what, self._ask = given, what, ask
        self._kept = kept
        self._read = False

    def ask(self, verb: StackVerb, **fields: Any) -> Document:
        """The answer, each stack of it with its lock."""
        fields = {
            **fields,
            "with_locks": True,
            # it says for which Python it is meant, and so the builder takes that
            "lock_format": LockFormat.PIPFILE_LOCK.value,
        }
        request, where = question(verb, self._given, self._what, **fields)
        if where.snapshot is None:
            kept = where.save_snapshot or self._kept
            where = (
                replace(where, snapshot=kept, save_snapshot=None, offline=True)
                if self._read
                else replace(where, save_snapshot=kept)
            )
        answer = self._ask(request, where)
        self._read = True
        return answer


def _sample(space: _Space, fields: Mapping[str, Any], seed: int) -> tuple[list[Document], Document]:
    """So many different stacks, distributed as asked; all there are where there are not more.

    A question draws with replacement. What is drawn again is left out, and more is drawn: where the
    versions of what was named do not make enough stacks, from all.
    """
    number = int(fields["number"])
    answer = space.ask(StackVerb.SAMPLE, **fields, seed=seed)
    found = _different(answer["stacks"])
    count = int(answer["count"])
    if len(found) == number:
        return found, answer
    uniform = Distribution.UNIFORM.value
    if count <= (2 * number if fields["distribution"] == uniform else number):
        return _every(space, 2 * number, seed)[:number], answer
    for distribution in dict.fromkeys((fields["distribution"], uniform)):
        found = _further(space, {**fields, "distribution": distribution}, seed, found)
        if len(found) >= number:
            return found[:number], answer
    if count <= 2 * number:
        found = _different([*found, *_every(space, 2 * number, seed)])
    return found[:number], answer


def _every(space: _Space, number: int, seed: int) -> list[Document]:
    """Up to so many stacks of the space, in a random order that is the seed's."""
    listed = space.ask(StackVerb.LIST, number=number)["stacks"]
    return sorted(listed, key=lambda one: _drawn(seed, one["rank"]))


def _further(
    space: _Space, fields: Mapping[str, Any], seed: int, found: list[Document]
) -> list[Document]:
    """What is drawn besides with the next seeds, until it is enough or nothing new comes."""
    for further in range(1, _DRAWS):
        more = space.ask(StackVerb.SAMPLE, **fields, seed=(seed + further) % LARGEST_SEED)
        before, found = found, _different([*found, *more["stacks"]])
        if len(found) >= fields["number"] or len(found) == len(before):
            break
    return found


def _different(entries: Sequence[Document]) -> list[Document]:
    return list({entry["rank"]: entry for entry in entries}.values())


def _drawn(seed: int, rank: str) -> bytes:
    """What puts all stacks into a random order that is the seed's."""
    return hashlib.sha256(f"{seed}:{rank}".encode()).digest()


def _check_number(selection: Selection, answer: Document) -> None:
    if not answer["stacks"]:
        raise UsageFaultError(f"--select {selection.text}: no stack is chosen by it")
    if selection.verb is StackVerb.LIST and answer.get("next_cursor"):
        raise _too_many(answer["count"])


def _too_many(number: str) -> UsageFaultError:
    return UsageFaultError(
        f"{number} stacks; a sweep has at most {MOST_MEMBERS}",
        hint="--select sample:100 or cover:1, or a smaller space: --last, --newer-than",
    )


def _roots(what: Sequence[str]) -> list[str]:
    """Names that stand in the requirements: what a person calls the stacks by."""
    texts = [text_of(Path(text)) if Path(text).is_file() else text for text in what]
    words = (word for text in texts for word in _NAME.findall(text))
    return list(dict.fromkeys(map(str, map(canonicalize_name, words))))


def _origin(
    selection: Selection, answer: Document, what: Sequence[str], seed: int | None
) -> Document:
    """How the stacks were chosen, kept with the sweep."""
    return {
        "select": selection.text,
        "what": [Path(text).name if Path(text).is_file() else text for text in what],
        # by these the service tells the effects of versions apart first
        "named": _named(answer, what),
        "count": answer["count"],
        "snapshot": answer["snapshot"],
        "environment": answer["environment"],
        **(
            {"seed": seed or 0, "distributed": answer["distributed"]}
            if selection.verb is StackVerb.SAMPLE
            else {}
        ),
    }


def _named(answer: Document, what: Sequence[str]) -> list[str]:
    """Packages of the stacks whose names stand in the requirements."""
    packages = {name for entry in answer.get("stacks") or () for name in entry["stack"]}
    return [name for name in _roots(what) if name in packages]
