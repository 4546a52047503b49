"""`amun suite run` and `amun suite results`: a suite measured, and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunCommand
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.quantities import time_span
from amun_client.session import Session
from amun_client.suite import ask as suite_ask
from amun_client.suite import catalogue as suite_catalogue
from amun_client.suite import identity as suite_identity
from amun_client.suite import memory as suite_memory
from amun_client.suite import stack as suite_stack
from amun_client.suite.choices import (
    DEFAULT_BUDGET_SECONDS,
    DEFAULT_DEVICE,
    DEFAULT_DTYPE,
    DEFAULT_PROCESSES,
    SuiteChoices,
)
from amun_client.suite.document import Heading, planned, results
from amun_client.suite.filter import select
from amun_client.suite.measuring import Measuring
from amun_client.suite.output import Format, show
from amun_client.suite.progress import telling
from amun_client.suite.results import newest_runs, stored
from amun_client.suite.run import SuiteRun
from amun_client.suite.stack import Stack
from amun_client.suite.table import plan_table
from amun_core.errors import AmunError
from amun_core.specification import EngineChoice

FILTER = click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only cases with this value, or one of VALUE,VALUE; also KEY<=VALUE and KEY>=VALUE. "
    "KEY is a parameter, index, name, flop or bytes. Given again: both must hold.",
)
_FORMAT = click.option(
    "--format",
    "wanted",
    type=click.Choice([one.value for one in Format]),
    help="Form of the answer; default text.",
)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=AmunCommand, name="run")
@click.argument("name")
@click.option("--framework", required=True, help="Framework that the cases are run on.")
@click.option("--lock", type=_FILE, help="Lock file of the stack.")
@click.option(
    "--requirement",
    "requirements",
    multiple=True,
    metavar="REQUIREMENT",
    help="Resolve the stack from this, `numpy==2.3.*`; default: the framework's newest package.",
)
@FILTER
@click.option("--phase", "phases", multiple=True, help="Only this phase of the cases.")
@click.option(
    "--runs",
    type=click.IntRange(1, 1000),
    help="Fresh runs of each phase; default 6, fewer where the budget asks for it.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0.1, 86400),
    default=DEFAULT_BUDGET_SECONDS,
    show_default=True,
    help="Seconds for each case.",
)
@click.option("--memory", metavar="SIZE", help="Memory for a case, `4Gi`; default: this host's.")
@click.option("--dtype", default=DEFAULT_DTYPE, show_default=True, help="Type of the numbers.")
@click.option("--device", default=DEFAULT_DEVICE, show_default=True, help="Where it is computed.")
@click.option(
    "--processes",
    type=click.IntRange(2, 64),
    default=DEFAULT_PROCESSES,
    show_default=True,
    help="Processes of an all-reduce.",
)
@click.option("--base", metavar="IMAGE", help="Base image; absent: this host's Python.")
@click.option("--engine", type=click.Choice([choice.value for choice in EngineChoice]))
@click.option("--fresh", is_flag=True, help="Measure again what the graph has already.")
@click.option("--keep-failures", is_flag=True, help="Do not try again what failed before.")
@click.option("--dry-run", is_flag=True, help="Say what would be measured; measure nothing.")
@_FORMAT
@click.pass_obj
def run(
    session: Session,
    /,
    name: str,
    *,
    lock: Path | None,
    requirements: tuple[str, ...],
    filters: tuple[str, ...],
    memory: str | None,
    budget: float,
    dry_run: bool,
    wanted: str | None,
    **chosen: Any,
) -> int:
    """Measure the cases of a suite, each as an inspection, and show the table.

    What the graph has already of the same case, framework, stack and host is taken from there: a
    run that was ended goes on with the same command. Ctrl-C cancels the case that is measured.

    \b
    amun suite run deepbench.gemm.inference.device --framework numpy
    amun suite run deepbench.conv.training --framework torch --filter 'flop<=1e9' --lock pylock.toml
    """  # noqa: D301
    suite = suite_catalogue.suite(name)
    cases = select(suite["cases"], filters)
    choices = SuiteChoices(memory_bytes=_memory(session, memory), budget_seconds=budget, **chosen)
    catalogue = _catalogue(session)
    suite_ask.check(suite, catalogue, choices)
    if not cases:
        session.console.story(f"no case of {name} passes the filters")
        return ExitCode.NOTHING
    stack = _stack(session, lock, requirements, choices)
    key = suite_identity.run_key(suite, catalogue, choices, stack.digest)
    heading = Heading(suite, key, choices, stack.digest, filters)
    one = SuiteRun(session.client, suite, cases, catalogue, choices, stack.digest, key)
    one.look()
    form = _form(session, wanted)
    if dry_run:
        return _show_plan(session, planned(heading, one.plan()), form)
    return _measure(session, one, heading, stack, form)


@click.command(cls=AmunCommand, name="results")
@click.argument("name")
@click.option("--framework", help="Only this framework; default: each one that was measured.")
@FILTER
@_FORMAT
@click.pass_obj
def show_results(
    session: Session,
    name: str,
    framework: str | None,
    filters: tuple[str, ...],
    wanted: str | None,
) -> int:
    """Show what was measured of a suite: the newest run of each framework. Measures nothing."""
    suite = suite_catalogue.suite(name)
    cases = select(suite["cases"], filters)
    found = newest_runs(session.client, name, framework)
    if not found or not cases:
        where = f" on {framework}" if framework else ""
        session.console.story(
            f"nothing of {name} was measured{where} yet; `amun suite run {name}` does"
        )
        return ExitCode.NOTHING
    catalogue = _catalogue(session)
    documents = [
        stored(session.client, suite, catalogue, newest, cases, filters) for newest in found
    ]
    form = _form(session, wanted)
    if form is Format.JSON and len(documents) > 1:
        session.console.document({"schema": "amun.suite-results-list/1", "results": documents})
        return ExitCode.DONE
    for document in documents:
        show(session.console, document, form)
    return ExitCode.DONE


def _measure(session: Session, one: SuiteRun, heading: Heading, stack: Stack, form: Format) -> int:
    console = session.console
    try:
        with telling(console) as progress:
            measuring = Measuring(session.client, progress, heading.choices, stack)
            if any(case.measures for case in one.plan()):
                one.calibrate(measuring, progress)
            outcomes = one.carry_out(measuring, progress)
    except (AmunError, KeyboardInterrupt):
        console.story("what was measured is kept; the same command goes on from there")
        raise
    document = results(heading, one.plan(), outcomes)
    show(console, document, form)
    if one.interrupted:
        console.story(
            f"interrupted: kept {document['summary']['measured']} of {len(outcomes)} cases; "
            "the same command goes on from there"
        )
        return ExitCode.INTERRUPTED
    if document["summary"]["failed"] or document["summary"]["cancelled"]:
        return ExitCode.FAILED
    return ExitCode.DONE if document["summary"]["measured"] else ExitCode.NOTHING


def _show_plan(session: Session, document: Mapping[str, Any], form: Format) -> int:
    console, found = session.console, document["summary"]
    if form is Format.JSON:
        console.document(document)
    elif form is Format.TEXT:
        header, rows, right = plan_table(document)
        console.table(header, rows, right=right)
    else:
        raise UsageFaultError(f"--dry-run has no --format {form.value}; it has text and json")
    span = (
        "how long is not known before the first calibration"
        if found["predicted_s"] is None
        else f"about {time_span(found['predicted_s'])}"
    )
    console.story(
        f"would measure {found['measure']} of {found['cases']} cases, {span}; {found['stored']} "
        f"are in the graph, {found['skip']} are left out; nothing was started"
    )
    return ExitCode.DONE


def _catalogue(session: Session) -> dict[str, Any]:
    return {str(one["name"]): one for one in session.client.indicators()["indicators"]}


def _memory(session: Session, memory: str | None) -> int | None:
    """The bound that was asked for, else this machine's memory where the service is on it."""
    if memory is not None:
        return suite_memory.parse(memory)
    return suite_memory.host_bytes() if session.server.local else None


def _stack(
    session: Session, lock: Path | None, requirements: Sequence[str], choices: SuiteChoices
) -> Stack:
    """The stack that was named, else the newest of the framework."""
    if lock is not None and requirements:
        raise UsageFaultError("--lock and --requirement: one of them at a time")
    if lock is not None:
        return suite_stack.of_file(lock)
    asked = requirements or suite_stack.requirements_of(choices.framework)
    session.console.story(f"resolving {' '.join(asked)}")
    return suite_stack.resolved(asked, session.configuration.environ, base=choices.base)


def _form(session: Session, wanted: str | None) -> Format:
    if session.taste.json:
        return Format.JSON
    return Format(wanted) if wanted else Format.TEXT
