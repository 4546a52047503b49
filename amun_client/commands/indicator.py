"""`amun indicator ...`: which performance indicators there are, and one run by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from amun_client import indicator_page, indicator_run, roofline_run
from amun_client.command import AmunGroup, unknown_name
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.indicator_text import list_table, noise_rows, roofline_rows, run_rows
from amun_client.session import Session
from amun_client.submission import parse_parameters


@click.group(cls=AmunGroup)
def indicator() -> None:
    """See the performance indicators; run one by hand, without a service."""


def _all(session: Session) -> list[dict[str, Any]]:
    """Those of the service where there is one, else those of this installation."""
    if session.names_a_server:
        found: list[dict[str, Any]] = session.client.indicators()["indicators"]
        return found
    return indicator_run.catalogue()


@indicator.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """List the indicators."""
    indicators = _all(session)
    if session.taste.json:
        session.console.document({"schema": "amun.indicators/1", "indicators": indicators})
    else:
        session.console.table(*list_table(indicators))
    return ExitCode.DONE


@indicator.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> int:
    """Show an indicator: work and source, parameters, types by framework, presets."""
    indicators = _all(session)
    known = [str(one["name"]) for one in indicators]
    if name not in known:
        raise UsageFaultError(unknown_name("indicator", name, known))
    found = indicators[known.index(name)]
    if session.taste.json:
        session.console.document(found)
    else:
        session.console.pairs(indicator_page.rows(found))
    return ExitCode.DONE


def _one_run(command: Callable[..., int]) -> Callable[..., int]:
    """The argument and the options of a command that runs an indicator by hand."""
    options = (
        click.argument("name"),
        click.option("--framework", required=True, help="Framework the indicator runs on."),
        click.option(
            "--python",
            default="python3",
            show_default=True,
            metavar="PATH",
            help="Interpreter in whose packages it runs.",
        ),
        click.option("--preset", help="Named parameters of the indicator, under those of -p."),
        click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE"),
        click.option("--threads", type=click.IntRange(1), help="Threads; default: all CPUs."),
        click.option("--seed", type=int, default=0, show_default=True, help="Seed of the data."),
        click.option(
            "--timeout", type=click.FloatRange(1), default=600, show_default=True, help="Seconds."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _request(
    name: str,
    framework: str,
    python: str,
    preset: str | None,
    parameters: tuple[str, ...],
    threads: int | None,
    seed: int,
    timeout: float,
) -> indicator_run.Request:
    return indicator_run.Request(
        name=name,
        framework=framework,
        parameters=parse_parameters(parameters),
        python=Path(python),
        preset=preset,
        threads=threads,
        seed=seed,
        timeout_seconds=timeout,
    )


@indicator.command()
@_one_run
@click.pass_obj
def run(session: Session, /, **options: Any) -> int:
    """Run an indicator once in a given interpreter. No service, no lock, nothing is stored.

    \b
    amun indicator run matmul --framework numpy --python .venv/bin/python -p matrix_size=512
    """  # noqa: D301
    result = indicator_run.run(_request(**options), tell=session.console.detail)
    if session.taste.json:
        session.console.document(result)
    else:
        session.console.pairs(run_rows(result))
    return ExitCode.DONE if result["outcome"] == "completed" else ExitCode.FAILED


@indicator.command()
@_one_run
@click.pass_obj
def roofline(session: Session, /, **options: Any) -> int:
    """Compare an indicator's rate with the measured peak and the bandwidth of memory.

    Three runs in the same interpreter, one after the other: the indicator, `peak` in the same type
    and on the same device, and `stream_triad`. One run of each has no interval: it shows where the
    rate stands, not which of two stacks is the faster.

    \b
    amun indicator roofline matmul --framework numpy --python .venv/bin/python
    """  # noqa: D301
    console = session.console
    measured = roofline_run.measure(
        _request(**options), tell=console.detail, progress=console.story
    )
    if session.taste.json:
        session.console.document(measured.document())
    else:
        console.pairs([*roofline_rows(measured.roofline), *noise_rows(measured)])
        if any(measured.disturbed):
            console.warning(
                "something else used the CPUs: rate, peak and bandwidth are of that load too, and "
                "their shares mean little; measure again on a quiet host"
            )
    return ExitCode.DONE
