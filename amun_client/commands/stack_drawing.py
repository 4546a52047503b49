"""`amun stack sample|list|best|nearest|cover`: stacks of the space, chosen in five ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunCommand
from amun_client.commands.stack_asking import answer_of, format_of, tell_stacks
from amun_client.commands.stack_options import (
    LOCK_FILE,
    NUMBER,
    SCORES,
    SEED,
    STACKS_FORMAT,
    UNIFORM,
    shared_options,
)
from amun_client.session import Session
from amun_client.stack.request import given_file, json_file
from amun_client.stack.text import best_line, cover_line, headline, nearest_line
from amun_core.stack_request import MOST_STACKS, StackVerb


@click.command(cls=AmunCommand)
@shared_options
@NUMBER
@SEED
@UNIFORM
@STACKS_FORMAT
@click.pass_obj
def sample(
    session: Session,
    /,
    what: tuple[str, ...],
    number: int,
    seed: int,
    distribution: str | None,
    answer_format: str | None,
    **given: Any,
) -> int:
    """Draw stacks at random, spread over the versions of what was named.

    The packages that are named get, in the order named, one of their versions that still fit, each
    equally likely; the rest is the newest that fits. With --uniform each valid stack is equally
    likely: then most have what has the most dependencies to combine, often an old version.
    The same seed draws the same stacks from the same snapshot.

    \b
    amun stack sample flask -n 3 --seed 7
    amun stack sample Pipfile -n 1000 --uniform --format csv > stacks.csv
    """  # noqa: D301
    document = answer_of(
        session,
        StackVerb.SAMPLE,
        given,
        what,
        number=number,
        seed=seed,
        distribution=distribution,
    )
    session.console.story(f"drawn from {headline(document)}: {document['distributed']}")
    return tell_stacks(session, document, format_of(session, answer_format))


@click.command(name="list", cls=AmunCommand)
@shared_options
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_STACKS),
    default=20,
    show_default=True,
    help="Stacks in one answer.",
)
@click.option("--cursor", help="Go on from here; the last answer tells it.")
@STACKS_FORMAT
@click.pass_obj
def list_(
    session: Session,
    /,
    what: tuple[str, ...],
    limit: int,
    cursor: str | None,
    answer_format: str | None,
    **given: Any,
) -> int:
    """List every stack, page by page, in the order of their ranks.

    A cursor belongs to one snapshot of the index: keep it with --save-snapshot.

    \b
    amun stack list flask --limit 100 --save-snapshot flask.snapshot
    amun stack list flask --snapshot flask.snapshot --cursor CURSOR --format jsonl
    """  # noqa: D301
    document = answer_of(session, StackVerb.LIST, given, what, number=limit, cursor=cursor)
    session.console.story(f"listed from {headline(document)}")
    if following := document["next_cursor"]:
        session.console.story(f"go on with --cursor {following}")
    return tell_stacks(session, document, format_of(session, answer_format))


@click.command(cls=AmunCommand)
@shared_options
@NUMBER
@SCORES
@STACKS_FORMAT
@click.pass_obj
def best(
    session: Session,
    /,
    what: tuple[str, ...],
    number: int,
    scores: Path | None,
    answer_format: str | None,
    **given: Any,
) -> int:
    """Find the best stacks under scores of versions that add up; nothing better exists.

    Without scores, the best stack is the newest: what was named first at its newest, then the next
    that was named, then the rest in the order in which it is met.

    \b
    amun stack best tensorflow -n 5
    amun stack best Pipfile --scores scores.json --json
    """  # noqa: D301
    wanted = None if scores is None else json_file(scores)
    document = answer_of(session, StackVerb.BEST, given, what, number=number, scores=wanted)
    session.console.story(best_line(document))
    return tell_stacks(session, document, format_of(session, answer_format))


@click.command(cls=AmunCommand)
@shared_options
@LOCK_FILE
@click.option(
    "-k",
    "--most",
    "most_differing",
    type=click.IntRange(0, 1000),
    default=2,
    show_default=True,
    help="Names that may differ; a package that only one has differs too.",
)
@click.option(
    "-n",
    "--number",
    type=click.IntRange(1, MOST_STACKS),
    default=20,
    show_default=True,
    help="So many stacks at most.",
)
@STACKS_FORMAT
@click.pass_obj
def nearest(
    session: Session,
    /,
    what: tuple[str, ...],
    lock: Path,
    most_differing: int,
    number: int,
    answer_format: str | None,
    **given: Any,
) -> int:
    """Find the stacks that differ least from a lock.

    \b
    amun stack nearest Pipfile --to Pipfile.lock -k 1
    amun stack nearest flask --to requirements.txt --format csv

    Exit code 5: none differs in so few names; the message tells the smallest distance.
    """  # noqa: D301
    document = answer_of(
        session,
        StackVerb.NEAREST,
        given,
        what,
        near=given_file(lock),
        most_differing=most_differing,
        number=number,
    )
    session.console.story(nearest_line(document, most_differing))
    return tell_stacks(session, document, format_of(session, answer_format))


@click.command(cls=AmunCommand)
@shared_options
@click.option(
    "--each",
    "strength",
    type=click.Choice(["version", "pair"]),
    default="version",
    show_default=True,
    help="pair: any two versions of two direct dependencies that some stack has together.",
)
@STACKS_FORMAT
@click.pass_obj
def cover(
    session: Session,
    /,
    what: tuple[str, ...],
    strength: str,
    answer_format: str | None,
    **given: Any,
) -> int:
    """Find few stacks that together contain every version, or every pair.

    \b
    amun stack cover Pipfile
    amun stack cover numpy scipy --last 10 --each pair --format csv

    How few would do at best is told beside; often it is proven that no fewer can.
    """  # noqa: D301
    wanted = {"version": 1, "pair": 2}[strength]
    document = answer_of(session, StackVerb.COVER, given, what, strength=wanted)
    session.console.story(cover_line(document))
    return tell_stacks(session, document, format_of(session, answer_format))
