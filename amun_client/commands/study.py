"""`amun study ...`: the studies of the prior system, measured through the service and reported."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from amun_client import indicator_run
from amun_client.command import AmunGroup
from amun_client.errors import ClientError
from amun_client.exit_codes import ExitCode
from amun_client.quantities import time_span
from amun_client.session import Session
from amun_client.study.catalogue import FRAMEWORKS, REPETITIONS, SIZES, Study, study_named
from amun_client.study.forecast import remaining_seconds
from amun_client.study.list import begun_table, known_document, known_table
from amun_client.study.plan import Plan
from amun_client.study.progress import telling
from amun_client.study.render import PlotFormat, require_extra, write_plots
from amun_client.study.report import read_report
from amun_client.study.request import Wish, plan_of
from amun_client.study.run import leave, measure
from amun_client.study.survey import Survey, look
from amun_client.study.text import ReportFormat, plan_rows, report_text, study_rows
from amun_core.specification import EngineChoice

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

_MEASURING = (
    click.option("--framework", type=click.Choice(FRAMEWORKS), required=True),
    click.option("--lock", type=_FILE, help="Lock file: Pipfile.lock, pylock.toml, requirements."),
    click.option(
        "--requirement",
        "requirements",
        multiple=True,
        metavar="REQUIREMENT",
        help="Instead of a lock: resolved now, such as 'tensorflow-cpu==2.19.*'.",
    ),
    click.option("--values", metavar="N,N,...", help="Values to vary over."),
    click.option(
        "--inspections", type=click.IntRange(1, 1000), help="Inspections of each value: the rounds."
    ),
    click.option(
        "--runs", type=click.IntRange(1, 100), default=1, show_default=True,
        help="Fresh runs of each inspection; their median is its value.",
    ),
    click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE"),
    click.option("--preset", help="Parameters of a preset of the indicator, under those of -p."),
    click.option("--full", is_flag=True, help="The numbers of the original study."),
    click.option("--base", metavar="IMAGE", help="Base image; absent: this host's Python."),
    click.option("--engine", type=click.Choice([choice.value for choice in EngineChoice])),
    click.option("--name", default="", help="Measure it anew, as a study of its own of this name."),
    click.option("--dry-run", is_flag=True, help="Say what would be measured; start nothing."),
)  # fmt: skip
_REPORTING = (
    click.option(
        "--format",
        "form",
        type=click.Choice([form.value for form in ReportFormat]),
        help="Form of the report; default text.",
    ),
    click.option("--plots", type=_FOLDER, metavar="FOLDER", help="Draw the plots into FOLDER."),
    click.option(
        "--plot-format",
        "plot_formats",
        type=click.Choice([form.value for form in PlotFormat]),
        multiple=True,
        help="Form of the plots, may be repeated; default all.",
    ),
)


@click.group(cls=AmunGroup)
def study() -> None:
    """Repeat the studies of the prior system: sweeps over one parameter, with table and plots."""


def _reporting(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a report; the command gets a function that shows one."""

    @functools.wraps(command)
    def gathered(
        session: Session,
        *args: Any,
        form: str | None,
        plots: Path | None,
        plot_formats: tuple[str, ...],
        **options: Any,
    ) -> int:
        if plots is not None:
            require_extra()  # said before hours of measuring, not after
        formats = [PlotFormat(word) for word in plot_formats] or list(PlotFormat)
        chosen = ReportFormat(form or ("json" if session.taste.json else "text"))
        show = functools.partial(_report, session, form=chosen, plots=plots, formats=formats)
        return command(session, *args, show=show, **options)

    for option in reversed(_REPORTING):
        gathered = option(gathered)
    return gathered


def _report(
    session: Session,
    identity: str,
    *,
    form: ReportFormat,
    plots: Path | None,
    formats: list[PlotFormat],
) -> int:
    report = read_report(session.client, identity)
    session.console.answer(report_text(report, form))
    if plots is not None:
        for path in write_plots(report, plots, formats):
            session.console.story(f"wrote {path}")
    return ExitCode.DONE if report["groups"] else ExitCode.NOTHING


def _measuring(known: Study) -> Callable[[Callable[..., int]], click.Command]:
    """Makes the command that measures and reports one study."""

    def make(command: Callable[..., int]) -> click.Command:
        wrapped = _reporting(command)
        for option in reversed(_MEASURING):
            wrapped = option(wrapped)
        return study.command(name=known.name)(click.pass_obj(wrapped))

    return make


@_measuring(REPETITIONS)
def repetitions(session: Session, show: Callable[[str], int], **options: Any) -> int:
    """Measure the spread of the rate against repetitions (test 1 of the prior system's study).

    Run it again to go on after an interruption: only what is missing is measured.

    \b
    amun study repetitions --framework tensorflow --requirement 'tensorflow-cpu==2.19.*'
    """  # noqa: D301
    return _run(session, REPETITIONS, show, **options)


@_measuring(SIZES)
def sizes(session: Session, show: Callable[[str], int], **options: Any) -> int:
    """Measure the rate against the size of the matrices (test 2 of the prior system's study).

    Run it again to go on after an interruption: only what is missing is measured.

    \b
    amun study sizes --framework numpy --lock requirements.txt --values 64,256,1024 --plots plots
    """  # noqa: D301
    return _run(session, SIZES, show, **options)


def _run(
    session: Session, known: Study, show: Callable[[str], int], *, dry_run: bool, **options: Any
) -> int:
    plan = plan_of(
        known, Wish(**options), lambda: _indicators(session), session.configuration.environ
    )
    survey = look(session.client, plan.identity) if session.names_a_server else Survey()
    if dry_run:
        return _tell_plan(session, plan, survey)
    client, console = session.client, session.console
    missing = survey.missing(plan)
    if missing:
        console.story(f"study {plan.identity}: {len(missing)} inspections to measure")
    try:
        with telling(console, plan) as teller:
            measure(client, plan, survey, teller)
    except KeyboardInterrupt:
        return _leave(session, plan)
    except ClientError:
        console.story(f"{len(survey.done)} measured and kept: amun study report {plan.identity}")
        raise
    ended = show(plan.identity)
    whole = len(survey.done) >= len(plan.values) * plan.rounds
    return ended if whole or ended != ExitCode.DONE else ExitCode.FAILED


def _leave(session: Session, plan: Plan) -> int:
    """First Ctrl-C: what is under way ends, the rest is kept."""
    kept = leave(session.client, plan)
    session.console.story(
        f"interrupted, {kept} measured and kept; the same command goes on, "
        f"`amun study report {plan.identity}` shows them"
    )
    return ExitCode.INTERRUPTED


def _tell_plan(session: Session, plan: Plan, survey: Survey) -> int:
    missing = survey.missing(plan)
    seconds = remaining_seconds(missing, survey.seconds)
    if session.taste.json:
        session.console.document(
            {
                "schema": "amun.study-plan/1",
                "id": plan.identity,
                "study": plan.study.name,
                "cells": [{"round": cell.round, "value": cell.value} for cell in plan.cells()],
                "missing": len(missing),
                "remaining_s": seconds,
                "specification": plan.specification(plan.cells()[0]),
            }
        )
        return ExitCode.DONE
    known = "not known before some are measured" if seconds is None else time_span(seconds)
    session.console.pairs(plan_rows(plan, len(survey.done), known))
    session.console.story(f"would measure {len(missing)} inspections; nothing was started")
    return ExitCode.DONE


def _indicators(session: Session) -> list[dict[str, Any]]:
    if session.names_a_server:
        found: list[dict[str, Any]] = session.client.indicators()["indicators"]
        return found
    return indicator_run.catalogue()


@study.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """List the studies there are, and those that were begun on this server."""
    begun = begun_table(session.client) if session.names_a_server else []
    if session.taste.json:
        session.console.document(known_document(begun))
        return ExitCode.DONE
    session.console.table(*known_table())
    if begun:
        session.console.answer("")
        rows = [[str(cell) for cell in one.values()] for one in begun]
        session.console.table(list(begun[0]), rows)
    return ExitCode.DONE


@study.command(name="show")
@click.argument("name", type=str, metavar="NAME")
@click.pass_obj
def show_(session: Session, name: str) -> int:
    """Show a study: question, source, what it varies, the numbers of the original and ours."""
    known = study_named(name)
    if session.taste.json:
        (found,) = [one for one in known_document([])["studies"] if one["name"] == known.name]
        session.console.document(found)
    else:
        session.console.pairs(study_rows(known))
    return ExitCode.DONE


@study.command(name="report")
@click.argument("identity", metavar="ID")
@click.pass_obj
@_reporting
def report_(session: Session, identity: str, show: Callable[[str], int]) -> int:  # noqa: ARG001
    """Report what was measured of a study so far: table of statistics, finding, plots.

    \b
    amun study report sizes-1a2b3c4d5e --format markdown --plots plots --plot-format svg
    """  # noqa: D301
    return show(identity)
