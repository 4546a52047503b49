"""`amun suite ...`: lists of problems that others published, and what is asked of each case."""

from __future__ import annotations

import click

from amun_client.command import AmunGroup
from amun_client.commands.suite_run import FILTER, run, show_results
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.suite import catalogue as suite_catalogue
from amun_client.suite.filter import select
from amun_client.suite.text import case_table, list_table, suite_rows


@click.group(cls=AmunGroup)
def suite() -> None:
    """See the suites (published lists of problems, with their source and rules); measure them."""


suite.add_command(run)
suite.add_command(show_results)


@suite.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """List the suites."""
    suites = [
        {key: value for key, value in one.items() if key not in {"schema", "cases"}}
        for one in suite_catalogue.suites()
    ]
    if session.taste.json:
        session.console.document({"schema": "amun.suites/1", "suites": suites})
        return ExitCode.DONE
    header, rows, right = list_table(suites)
    session.console.table(header, rows, right=right)
    return ExitCode.DONE


@suite.command()
@click.argument("name")
@FILTER
@click.pass_obj
def show(session: Session, name: str, filters: tuple[str, ...]) -> int:
    """Show a suite: source, rules, formulas, and its cases in the order of the source.

    Where the answer does not go to a terminal, there are the cases alone, separated by tabs.

    \b
    amun suite show deepbench.gemm.training --filter transpose_a=true --filter 'flop<=1e10'
    """  # noqa: D301
    found = suite_catalogue.suite(name)
    cases = select(found["cases"], filters)
    if session.taste.json:
        session.console.document({**found, "filters": list(filters), "cases": cases})
    else:
        if session.console.out.isatty():
            session.console.pairs(suite_rows(found))
            session.console.answer("")
        header, rows, right = case_table(cases)
        session.console.table(header, rows, right=right)
    if not cases:
        session.console.story(f"no case of {name} passes the filters")
    return ExitCode.DONE if cases else ExitCode.NOTHING
