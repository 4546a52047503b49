"""`amun sweep ...`: many stacks measured in rounds: list, look, pause, resume, cancel, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunGroup
from amun_client.commands.compare import INTERVAL
from amun_client.commands.sweep_lock import lock
from amun_client.commands.sweep_submit import submit
from amun_client.console import Console
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.sweep.export import Rows, csv_text, require_format, rows_of, write_rows
from amun_client.sweep.progress import ended, watching
from amun_client.sweep.text import (
    effect_notes,
    effect_table,
    list_table,
    result_table,
    sorted_text,
    sweep_rows,
)
from amun_client.waiting import look_until_end

MAXIMUM_PAGE = 200

_ID = click.argument("identity", metavar="ID")
_ENDS = {"failed": ExitCode.FAILED, "cancelled": ExitCode.NOTHING}


@click.group(cls=AmunGroup)
def sweep() -> None:
    """Measure many stacks in rounds; it goes on whatever dies. IDs may be cut to a unique prefix.

    \b
    amun sweep submit Pipfile --select sample:24 --indicator matmul --framework numpy
    amun sweep status sweep-1234abcd --watch
    amun sweep report sweep-1234abcd --output results.csv
    amun sweep lock sweep-1234abcd > requirements.txt
    """  # noqa: D301


sweep.add_command(submit)
sweep.add_command(lock)


@sweep.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@click.pass_obj
def list_(session: Session, limit: int) -> int:
    """List sweeps, newest first."""
    found: dict[str, Any] = {}
    sweeps: list[dict[str, Any]] = []
    cursor = None
    while len(sweeps) < limit:
        page = min(limit - len(sweeps), MAXIMUM_PAGE)
        found = session.client.sweeps(limit=page, cursor=cursor)
        sweeps += found["sweeps"]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    if session.taste.json:
        session.console.document({**found, "sweeps": sweeps})
        return ExitCode.DONE
    if not sweeps:
        session.console.story("no sweep yet; `amun sweep submit` makes one")
        return ExitCode.DONE
    header, rows, right = list_table(sweeps)
    session.console.table(header, rows, right=right)
    if cursor is not None:
        session.console.story(f"the newest {limit}; more with --limit")
    return ExitCode.DONE


@sweep.command()
@_ID
@click.option("--watch", is_flag=True, help="Until it ends; Ctrl-C ends the watching alone.")
@click.option("--exit-status", is_flag=True, help="Exit with 1 if it failed, 5 if cancelled.")
@INTERVAL
@click.pass_obj
def status(session: Session, identity: str, watch: bool, exit_status: bool, interval: float) -> int:
    """Show how far a sweep is, and about how long it takes still."""
    document = session.client.one_sweep(identity)
    if watch:
        try:
            document = see_through(session, document["id"], interval)
        except KeyboardInterrupt:
            session.console.story("no longer watched; the sweep goes on")
            return ExitCode.INTERRUPTED
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.pairs(sweep_rows(document))
    return _ENDS.get(document["state"], ExitCode.DONE) if exit_status else ExitCode.DONE


@sweep.command()
@_ID
@click.pass_obj
def pause(session: Session, identity: str) -> int:
    """Begin no new build and no new run; what is at work is finished."""
    return _change(session, identity, "pause")


@sweep.command()
@_ID
@click.pass_obj
def resume(session: Session, identity: str) -> int:
    """Go on after a pause."""
    return _change(session, identity, "resume")


@sweep.command()
@_ID
@click.pass_obj
def cancel(session: Session, identity: str) -> int:
    """Ask that a sweep ends. Runs that are done are kept, and reported."""
    return _change(session, identity, "cancel")


@sweep.command()
@_ID
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write all results to FILE: .csv, .parquet (needs pyarrow) or .json.",
)
@click.option(
    "--rows",
    type=click.Choice([one.value for one in Rows]),
    default=Rows.STACKS.value,
    show_default=True,
    help="What one row of CSV and Parquet is.",
)
@click.option(
    "--format",
    "answer_format",
    type=click.Choice(["text", "csv", "json"]),
    help="How to answer; default text. --json is --format json.",
)
@click.pass_obj
def report(
    session: Session,
    identity: str,
    output: Path | None,
    rows: str,
    answer_format: str | None,
) -> int:
    """Show what a sweep measured, sorted by ratio to the reference; also while it goes on.

    \b
    amun sweep report sweep-1234abcd
    amun sweep report sweep-1234abcd --rows runs --output runs.parquet

    The ratio is time of the stack / time of the reference, within rounds; the verdicts hold among
    all stacks of the sweep. Below stands what each version of each package costs. Exit code 1: the
    sweep has failed; 5: nothing is measured yet.
    """  # noqa: D301
    if output is not None:
        require_format(output)
    results = session.client.one_sweep(identity, "results")
    return show_report(session, results, output, Rows(rows), answer_format)


def show_report(
    session: Session,
    results: dict[str, Any],
    output: Path | None = None,
    rows: Rows = Rows.STACKS,
    answer_format: str | None = None,
) -> int:
    """Print the results, and write them where that is asked for."""
    console = session.console
    chosen = answer_format or ("json" if session.taste.json else "text")
    if chosen == "json":
        console.document(results)
    elif chosen == "csv":
        console.answer(csv_text(rows_of(results, rows)).rstrip("\n"))
    elif output is None or console.out.isatty():
        _tables(console, results)
    for note in results["notes"]:
        console.story(f"note: {note}")
    if output is not None:
        console.story(f"wrote {write_rows(results, rows, output)} rows to {output}")
    if results["state"] == "failed":
        return ExitCode.FAILED
    return ExitCode.DONE if results["runs"] else ExitCode.NOTHING


def _tables(console: Console, results: dict[str, Any]) -> None:
    """The stacks, and the effects of the versions."""
    header, rows, right = result_table(results)
    console.table(header, rows, right=right)
    console.story(sorted_text(results))
    header, rows, right = effect_table(results)
    if rows:
        console.answer("")
        console.table(header, rows, right=right)
    for note in effect_notes(results):
        console.story(f"note: {note}")


def see_through(session: Session, identity: str, interval_seconds: float) -> dict[str, Any]:
    """Look until the sweep has ended."""
    with watching(session.console) as watcher:
        return look_until_end(
            lambda: session.client.one_sweep(identity),
            watcher,
            interval_seconds=interval_seconds,
            over=ended,
        )


def _change(session: Session, identity: str, wish: str) -> int:
    document = session.client.change_sweep(identity, wish)
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.answer(f"{document['id']} {document['state']}")
    return ExitCode.DONE
