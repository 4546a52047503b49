"""`amun sweep lock`: one stack of a sweep as a lock that installs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunCommand, unknown_name
from amun_client.commands.lock_output import give_lock, lock_options
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.justification import of_member
from amun_client.session import Session
from amun_client.sweep.text import ranked

Document = Mapping[str, Any]


@click.command(cls=AmunCommand)
@click.argument("identity", metavar="ID")
@click.argument("member", required=False)
@click.option("--best", is_flag=True, help="The stack with the lowest ratio; the default.")
@lock_options
@click.pass_obj
def lock(
    session: Session,
    identity: str,
    member: str | None,
    best: bool,
    lock_format: str | None,
    output: Path | None,
) -> int:
    """Write the lock of a stack that a sweep measured: the fastest one, or MEMBER.

    MEMBER is a name of `amun sweep report`, its rank, or the id of an inspection. What was measured
    stands in the lock as a comment. Exit code 5: nothing was measured that could be the best.

    \b
    amun sweep lock sweep-1234abcd > requirements.txt
    amun sweep lock sweep-1234abcd "numpy 2.4.5" -o Pipfile.lock
    """  # noqa: D301
    if best and member is not None:
        raise UsageFaultError("--best and MEMBER: one of them")
    sweep = session.client.one_sweep(identity)
    results = session.client.one_sweep(sweep["id"], "results")
    measured = [one for one in ranked(results) if _placed(one)]
    if member is None and not measured:
        session.console.story(f"{sweep['id']} is {sweep['state']}: nothing was measured")
        for note in results["notes"]:
            session.console.story(f"note: {note}")
        return ExitCode.NOTHING
    chosen = measured[0] if member is None else _member(results, measured, member)
    place = measured.index(chosen) + 1 if chosen in measured else None
    why = of_member(sweep, results, chosen, place)
    return give_lock(session, chosen["inspection_id"], why, lock_format, output)


def _placed(member: Document) -> bool:
    """Whether it was measured so that it has a place: beside the reference, or being it."""
    measured = member["median_s"] is not None
    return measured and (member["is_reference"] or member["contrast"] is not None)


def _member(results: Document, measured: list[Document], word: str) -> Document:
    if word.isdecimal() and 1 <= int(word) <= len(measured):
        return measured[int(word) - 1]
    members = list(results["members"])
    for found in (
        [one for one in members if word in {one["name"], one["inspection_id"]}],
        [
            one
            for one in members
            if one["name"].startswith(word) or one["inspection_id"].startswith(word)
        ],
    ):
        if len(found) == 1:
            return dict(found[0])
    raise UsageFaultError(unknown_name("member", word, [one["name"] for one in members]))
