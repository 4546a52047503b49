"""`amun comparison ...`: list, show, watch, cancel, blocks."""

from __future__ import annotations

from typing import Any

import click

from amun_client.command import AmunGroup
from amun_client.commands.compare import INTERVAL
from amun_client.commands.comparing import answer, answering_of, answering_options, see_through
from amun_client.comparison.progress import ended
from amun_client.comparison.text import block_table, list_table
from amun_client.exit_codes import ExitCode
from amun_client.session import Session

MAXIMUM_PAGE = 200

_ID = click.argument("identity", metavar="ID")


@click.group(cls=AmunGroup)
def comparison() -> None:
    """Look at comparisons and calibrations, cancel them. IDs may be cut to a unique prefix.

    `amun compare A B` makes one.
    """


@comparison.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@click.pass_obj
def list_(session: Session, limit: int) -> int:
    """List comparisons, newest first."""
    found: dict[str, Any] = {}
    comparisons: list[dict[str, Any]] = []
    cursor = None
    while len(comparisons) < limit:
        page = min(limit - len(comparisons), MAXIMUM_PAGE)
        found = session.client.comparisons(limit=page, cursor=cursor)
        comparisons += found["comparisons"]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    if session.taste.json:
        session.console.document({**found, "comparisons": comparisons})
        return ExitCode.DONE
    if not comparisons:
        session.console.story("no comparison yet; `amun compare A B` makes one")
        return ExitCode.DONE
    header, rows = list_table(comparisons)
    session.console.table(header, rows, right=[5, 6])
    if cursor is not None:
        session.console.story(f"the newest {limit}; more with --limit")
    return ExitCode.DONE


@comparison.command()
@_ID
@answering_options
@click.pass_obj
def show(session: Session, /, identity: str, **given: Any) -> int:
    """Show one comparison: its verdict first, then what it rests on.

    \b
    amun comparison show comparison-1234abcd
    amun comparison show comparison-1234abcd --fail-on slower:3% --format markdown
    """  # noqa: D301
    document = session.client.comparison(identity)
    return _answer(session, document, given)


@comparison.command()
@_ID
@answering_options
@INTERVAL
@click.pass_obj
def watch(session: Session, /, identity: str, interval: float, **given: Any) -> int:
    """Watch a comparison until it ends. Ctrl-C ends the watching, not the comparison."""
    try:
        document = see_through(session, identity, interval)
    except KeyboardInterrupt:
        session.console.story("no longer watched; the comparison goes on")
        return ExitCode.INTERRUPTED
    return _answer(session, document, given)


def _answer(session: Session, document: dict[str, Any], given: dict[str, Any]) -> int:
    """Print it. Only a policy makes a difference to the exit code of looking at something."""
    code = answer(session, document, answering_of(session, given))
    return code if given["policies"] else ExitCode.DONE


@comparison.command()
@_ID
@click.pass_obj
def cancel(session: Session, identity: str) -> int:
    """Ask that a comparison ends. Blocks that are done are kept."""
    document = session.client.cancel_comparison(identity)
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.answer(f"{document['id']} {document['state']}")
        if not ended(document):
            session.console.story("it was asked to end; its worker obeys within seconds")
    return ExitCode.DONE


@comparison.command()
@_ID
@click.pass_obj
def blocks(session: Session, identity: str) -> int:
    """Show the blocks: order, times of the four runs in ms, change, what disturbed them.

    Of each kind of disturbance the largest share: cpu 45 % of the time work waited for a CPU; steal,
    others: CPU time that the hypervisor or other processes took. -v says which run.
    """
    document = session.client.comparison_blocks(identity)
    if session.taste.json:
        session.console.document(document)
        return ExitCode.DONE
    header, rows = block_table(document["blocks"], detail=bool(session.taste.verbose))
    session.console.table(header, rows, right=[0, 4])
    return ExitCode.DONE if rows else ExitCode.NOTHING
