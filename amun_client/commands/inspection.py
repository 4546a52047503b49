"""`amun inspection ...`: submit, list, show, watch, log, results, cancel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from amun_client import exit_codes
from amun_client.command import AmunGroup
from amun_client.commands.lock_output import give_lock, lock_options
from amun_client.commands.submitting import Submission, submission_options, submit_and_wait
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.inspection_text import inspection_rows, list_table
from amun_client.justification import of_inspection
from amun_client.progress import watching
from amun_client.result_text import result_rows, run_table
from amun_client.session import Session
from amun_client.waiting import ended, wait_for_end
from amun_core.states import InspectionState

MAXIMUM_PAGE = 200

_ID = click.argument("identity", metavar="ID")
_INTERVAL = click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)


@click.group(cls=AmunGroup)
def inspection() -> None:
    """Submit inspections, look at them, cancel them. IDs may be cut to a unique prefix."""


@inspection.command()
@submission_options
@click.option("--wait", is_flag=True, help="Wait for the result and show it.")
@_INTERVAL
@click.pass_obj
def submit(session: Session, submission: Submission, wait: bool, interval: float) -> int:
    """Submit the specification in FILE (YAML or JSON; - is stdin), or one made from options.

    \b
    amun inspection submit inspection.yaml --wait
    amun inspection submit --lock Pipfile.lock --indicator matmul \\
         --framework tensorflow -p matrix_size=512

    Prints the id. In FILE, `python: {lock_file: PATH}` and `script_file: PATH` read the file at
    PATH, relative to FILE.
    """  # noqa: D301
    return submit_and_wait(session, submission, wait=wait, interval_seconds=interval)


@inspection.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in InspectionState]),
    help="Only these states; may be repeated.",
)
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Only with this label.")
@click.option("--indicator", help="Only this indicator.")
@click.option("--framework", help="Only this framework.")
@click.option("--package", help="Only stacks with this package: NAME or NAME==VERSION.")
@click.option("--host", help="Only this host.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@click.pass_obj
def list_(
    session: Session,
    states: tuple[str, ...],
    labels: tuple[str, ...],
    indicator: str | None,
    framework: str | None,
    package: str | None,
    host: str | None,
    limit: int,
) -> int:
    """List inspections, newest first."""
    found: dict[str, Any] = {}
    inspections: list[dict[str, Any]] = []
    cursor = None
    while len(inspections) < limit:
        found = session.client.page(
            state=list(states),
            label=list(labels),
            indicator=indicator,
            framework=framework,
            package=package,
            host=host,
            limit=min(limit - len(inspections), MAXIMUM_PAGE),
            cursor=cursor,
            figures="true",
        )
        inspections += found["inspections"]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    if session.taste.json:
        session.console.document({**found, "inspections": inspections})
        return ExitCode.DONE
    if not inspections:
        session.console.story("no inspection yet; `amun inspection submit FILE` makes one")
        return ExitCode.DONE
    header, rows = list_table(inspections)
    session.console.table(header, rows, right=[3, 6, 7])
    if cursor is not None:
        session.console.story(f"the newest {limit}; more with --limit")
    return ExitCode.DONE


@inspection.command()
@_ID
@click.option("--specification", is_flag=True, help="What was asked for.")
@click.option("--plan", is_flag=True, help="How it is carried out.")
@click.pass_obj
def show(session: Session, identity: str, specification: bool, plan: bool) -> int:
    """Show one inspection: its state and what that means, its engine, its attempts."""
    if specification and plan:
        raise UsageFaultError("--specification and --plan: one of them at a time")
    if specification or plan:
        read = session.client.specification if specification else session.client.plan
        session.console.document(read(identity))
        return ExitCode.DONE
    document = session.client.inspection(identity)
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.pairs(inspection_rows(document))
    return ExitCode.DONE


@inspection.command()
@_ID
@click.option("--exit-status", is_flag=True, help="Exit with 1 if it failed, 5 if cancelled.")
@_INTERVAL
@click.pass_obj
def watch(session: Session, identity: str, exit_status: bool, interval: float) -> int:
    """Watch an inspection until it ends. Ctrl-C ends the watching, not the inspection."""
    try:
        with watching(session.console) as watcher:
            document = wait_for_end(session.client, identity, watcher, interval_seconds=interval)
    except KeyboardInterrupt:
        session.console.story("no longer watched; the inspection goes on")
        return ExitCode.INTERRUPTED
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.pairs(inspection_rows(document))
    return exit_codes.of_state(document["state"]) if exit_status else ExitCode.DONE


@inspection.command()
@_ID
@click.option("-f", "--follow", is_flag=True, help="Go on until the inspection ends.")
@click.option("--section", help="Only this section: one step of building or running.")
@_INTERVAL
@click.pass_obj
def log(session: Session, identity: str, follow: bool, section: str | None, interval: float) -> int:
    """Print the log of building and running."""
    if session.taste.json and follow:
        raise UsageFaultError("--follow does not go with --json")
    if session.taste.json:
        session.console.document({"chunks": list(session.client.log(identity))})
        return ExitCode.DONE
    after, last = 0, None
    while True:
        # looked at before the log is read: nothing can be written after the end
        over = not follow or ended(session.client.inspection(identity))
        page = session.client.log_page(identity, after=after)
        for chunk in page["chunks"]:
            if section is not None and chunk["section"] != section:
                continue
            if chunk["section"] != last:
                last = chunk["section"]
                session.console.story(f"--- {last}")
            session.console.answer(str(chunk["text"]).rstrip("\n"))
        after = page["next_after"]
        if not page["chunks"]:
            if over:
                return ExitCode.DONE
            time.sleep(interval)


@inspection.command()
@_ID
@click.option("--runs", "by_run", is_flag=True, help="One line for each run.")
@click.option("--samples", is_flag=True, help="Every iteration of every run (needs --json).")
@click.pass_obj
def results(session: Session, identity: str, by_run: bool, samples: bool) -> int:
    """Show the result: stack, engine, host, median rate with its interval, spread."""
    if samples and not session.taste.json:
        raise UsageFaultError("--samples needs --json")
    if samples:
        session.console.document(session.client.runs(identity, samples=True))
        return ExitCode.DONE
    document = session.client.results(identity)
    if session.taste.json:
        session.console.document(document)
        return ExitCode.DONE
    if by_run:
        header, rows = run_table(
            document["runs"], document.get("rate_unit"), detail=bool(session.taste.verbose)
        )
        session.console.table(header, rows, right=[0, 1, 2, 3, 4, 5])
        return ExitCode.DONE if rows else ExitCode.NOTHING
    failure = session.client.inspection(identity)["failure"]
    session.console.pairs(result_rows(document, failure))
    return ExitCode.DONE if document["summary"] else ExitCode.NOTHING


@inspection.command()
@_ID
@lock_options
@click.pass_obj
def lock(session: Session, identity: str, lock_format: str | None, output: Path | None) -> int:
    """Write the lock of the stack that was inspected; what was measured stands in it as a comment.

    \b
    amun inspection lock inspection-1234abcd > requirements.txt
    amun inspection lock inspection-1234abcd -o Pipfile.lock
    """  # noqa: D301
    result = session.client.results(identity)
    why = of_inspection(result)
    return give_lock(session, result["inspection_id"], why, lock_format, output)


@inspection.command()
@_ID
@click.pass_obj
def cancel(session: Session, identity: str) -> int:
    """Ask that an inspection ends. Runs that are done are kept."""
    document = session.client.cancel(identity)
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.answer(f"{document['id']} {document['state']}")
        if not ended(document):
            session.console.story("it was asked to end; its worker obeys within seconds")
    return ExitCode.DONE
