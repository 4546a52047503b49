"""`amun stack ...`: the space of all valid stacks of some requirements."""

from __future__ import annotations

from typing import Any

import click

from amun_client.command import AmunGroup
from amun_client.commands.stack_asking import answer_of
from amun_client.commands.stack_drawing import best, cover, list_, nearest, sample
from amun_client.commands.stack_lock import lock
from amun_client.commands.stack_options import shared_options
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.stack.text import count_rows, headline, marginal_table
from amun_core.stack_request import StackVerb


@click.group(cls=AmunGroup)
def stack() -> None:
    """Count, draw and find the valid stacks of requirements; no service is needed.

    What may be chosen is a Pipfile, a pyproject.toml, a requirements.txt, or requirements in words.

    \b
    amun stack count Pipfile
    amun stack count tensorflow --last 10 --python-version 3.12
    amun stack sample 'numpy<2' scipy -n 5
    amun stack lock flask > requirements.txt

    With --server a service answers, from the index and for the host that it has.
    """  # noqa: D301


for _command in (sample, list_, best, nearest, cover, lock):
    stack.add_command(_command)


@stack.command()
@shared_options
@click.option("--by", is_flag=True, help="Also how many stacks contain each version.")
@click.pass_obj
def count(session: Session, /, what: tuple[str, ...], by: bool, **given: Any) -> int:
    """Count the valid stacks, exactly.

    \b
    amun stack count flask
    amun stack count Pipfile --as-of 2024-06-01 --by
    amun stack count 'tensorflow>=2.15' numpy --last-of numpy=5 --json
    amun stack count flask --save-snapshot flask.snapshot
    amun stack count flask --snapshot flask.snapshot --offline

    Exit code 7: there is none, and the message says why; 6: not counted within --time-limit.
    """  # noqa: D301
    document = answer_of(session, StackVerb.COUNT, given, what, by=by or None)
    console = session.console
    if session.taste.json:
        console.document(document)
        return ExitCode.DONE
    console.answer(headline(document))
    if by:
        header, rows, right = marginal_table(document)
        console.table(header, rows, right=right)
    else:
        console.pairs(count_rows(document))
    return ExitCode.DONE


@stack.command()
@shared_options
@click.pass_obj
def explain(session: Session, /, what: tuple[str, ...], **given: Any) -> int:
    """Explain why versions are in the space, or why not; the last word names them.

    \b
    amun stack explain Pipfile 'numpy==1.24.*'
    amun stack explain tensorflow 'protobuf>=5'
    """  # noqa: D301
    if len(what) < 2:
        raise UsageFaultError(
            "two things are needed: what may be chosen, and the versions to explain",
            hint="amun stack explain Pipfile 'numpy==1.24.*'",
        )
    document = answer_of(session, StackVerb.EXPLAIN, given, what[:-1], subject=what[-1])
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.answer(document["text"])
    return ExitCode.DONE
