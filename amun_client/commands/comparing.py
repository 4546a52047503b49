"""What the commands about comparisons share: options, sending, waiting, Ctrl-C, the answer's format."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click

from amun_client import option_values
from amun_client.comparison.gate import Policy, exit_code, judged
from amun_client.comparison.progress import ended, watching
from amun_client.comparison.reports import github, junit, markdown
from amun_client.comparison.request import Asked, Options
from amun_client.comparison.sentence import sentence
from amun_client.comparison.text import comparison_rows
from amun_client.exit_codes import ExitCode
from amun_client.pin_sharing import shared_pins
from amun_client.session import Session
from amun_client.submission import Overrides
from amun_client.waiting import look_until_end
from amun_core.condition import Condition
from amun_core.specification import EngineChoice

Document = dict[str, Any]
Command = Callable[..., int]


class Format(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class Answering:
    """How the answer is written, and which policies decide the exit code."""

    format: Format = Format.TEXT
    policies: Sequence[Policy] = ()
    inconclusive_passes: bool = False


_MEASURING_OPTIONS = (
    click.option("--indicator", help="Performance indicator; see `amun indicator list`."),
    click.option("--framework", help="Its framework; guessed where the packages tell it."),
    click.option("--preset", help="A named set of parameters; `amun indicator show NAME`."),
    click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE"),
    click.option("--base", metavar="IMAGE", help="Base image; absent: this host's Python."),
    click.option("--engine", type=click.Choice([choice.value for choice in EngineChoice])),
    click.option(
        "--python-version",
        metavar="X.Y",
        help="Resolve requirements for this Python; default: told by the base, else this host's.",
    ),
    click.option(
        "--band",
        callback=option_values.share,
        metavar="SHARE",
        help="Differences up to this do not matter; default 2%.",
    ),
    click.option(
        "--max-time",
        "maximum_seconds",
        callback=option_values.span,
        metavar="TIME",
        help="No new block begins after so long; 90s, 30m or 2h; default 1h.",
    ),
    click.option(
        "--condition",
        type=click.Choice([one.value for one in Condition]),
        help="quiet: only blocks beside which nothing else used the CPUs; shared: each beside a "
        "load of the service's own; any: all. Default quiet, of a calibration any.",
    ),
    click.option(
        "--wait-quiet",
        "wait_quiet_seconds",
        callback=option_values.span,
        metavar="TIME",
        help="Time for waiting for a quiet host; default 10m. Then: not measured, exit code 5.",
    ),
    click.option("--seed", type=click.IntRange(0), help="Seed of the coin that orders the runs."),
    click.option("--label", "labels", multiple=True, metavar="KEY=VALUE"),
    click.option("--identifier", help="Becomes part of the id."),
    click.option("--detach", is_flag=True, help="Print the id and do not wait."),
    click.option("--dry-run", is_flag=True, help="Show plan, pins and cost; start nothing."),
)

_FORMAT = click.option(
    "--format",
    "answer_format",
    type=click.Choice([one.value for one in Format]),
    help="How to answer; default text. --json is --format json.",
)
_GATE_OPTIONS = (
    click.option(
        "--fail-on",
        "policies",
        multiple=True,
        callback=option_values.policies,
        metavar="WORD:SHARE",
        help="Exit with 1 where the whole interval is beyond it: slower:3%, faster:3%, "
        "different:3%. May be repeated.",
    ),
    click.option(
        "--inconclusive",
        type=click.Choice(["pass", "fail"]),
        default="fail",
        show_default=True,
        help="Where the interval is too wide for the policy: exit with 0, or with 6.",
    ),
    _FORMAT,
)


def measuring_options(command: Command) -> Command:
    """The options that say what is measured and for how long."""
    for option in reversed(_MEASURING_OPTIONS):
        command = option(command)
    return command


def answering_options(command: Command) -> Command:
    """The options of the gate and of the answer's format."""
    for option in reversed(_GATE_OPTIONS):
        command = option(command)
    return command


def options_of(given: Mapping[str, Any]) -> Options:
    """What `measuring_options` gathered."""
    names = ("indicator", "framework", "preset", "base", "engine")
    overrides = Overrides(
        parameters=given["parameters"],
        script=given.get("script"),
        **{name: given[name] for name in names},
    )
    return Options(
        overrides=overrides,
        band=given["band"],
        maximum_blocks=given.get("maximum_blocks"),
        maximum_seconds=given["maximum_seconds"],
        condition=given["condition"],
        wait_quiet_seconds=given["wait_quiet_seconds"],
        seed=given["seed"],
        latest_each=given.get("latest_each", False),
        python_version=given["python_version"],
        labels=given["labels"],
        identifier=given["identifier"],
    )


def answering_of(session: Session, given: Mapping[str, Any]) -> Answering:
    """What `answering_options` gathered; --json is a format too."""
    chosen = given.get("answer_format") or (Format.JSON if session.taste.json else Format.TEXT)
    return Answering(Format(chosen), given.get("policies", ()), given.get("inconclusive") == "pass")


def share_for(session: Session) -> Callable[..., Document]:
    """Resolves requirements, telling that it takes a while."""

    def share(
        a: Sequence[str], b: Sequence[str], python_version: str | None, latest_each: bool
    ) -> Document:
        session.console.story(
            "resolving " + " and ".join(dict.fromkeys((" ".join(a), " ".join(b))))
        )
        return shared_pins(
            a,
            b,
            session.configuration.environ,
            python_version=python_version,
            latest_each=latest_each,
        )

    return share


def send_and_wait(
    session: Session, asked: Asked, answering: Answering, *, detach: bool, interval_seconds: float
) -> int:
    """Send, and unless `detach` see it through to its verdict."""
    console = session.console
    accepted = session.client.compare(asked.request, key=str(uuid.uuid4()))
    for warning in accepted.get("warnings") or ():
        console.warning(warning["message"], pointer=warning["pointer"])
    identity = accepted["id"]
    if detach:
        if answering.format is Format.JSON:
            console.document(accepted)
        else:
            console.answer(identity)
            console.story(f"watch it with `amun comparison watch {identity}`")
        return ExitCode.DONE
    console.story(f"submitted {identity}")
    try:
        comparison = see_through(session, identity, interval_seconds)
    except KeyboardInterrupt:
        return _cancel(session, identity)
    whys = {one["name"]: one["why"] for one in (asked.pins or {}).get("differing", ())}
    return answer(session, comparison, answering, whys)


def see_through(session: Session, identity: str, interval_seconds: float) -> Document:
    """Look until the comparison has ended."""
    with watching(session.console) as watcher:
        return look_until_end(
            lambda: session.client.comparison(identity),
            watcher,
            interval_seconds=interval_seconds,
            over=ended,
        )


def answer(
    session: Session,
    comparison: Document,
    answering: Answering,
    whys: Mapping[str, str] | None = None,
) -> int:
    """Print the comparison in its format; returns the exit code."""
    gate = judged(comparison, answering.policies)
    console = session.console
    if answering.format is Format.JSON:
        policies = [{"policy": policy, "outcome": str(outcome)} for policy, outcome in gate]
        console.document({**comparison, "policies": policies} if gate else comparison)
    elif answering.format is Format.MARKDOWN:
        console.answer(markdown(comparison, gate, whys).rstrip("\n"))
    elif answering.format is Format.JUNIT:
        console.answer(junit(comparison, gate))
    elif answering.format is Format.GITHUB:
        console.answer(github(comparison, gate))
    else:
        console.answer(sentence(comparison))
        console.pairs(comparison_rows(comparison, gate, whys))
    return exit_code(
        comparison, answering.policies, inconclusive_passes=answering.inconclusive_passes
    )


def _cancel(session: Session, identity: str) -> int:
    """First Ctrl-C: ask that it ends and wait for that. A second one leaves at once."""
    console = session.console
    console.story(f"cancelling {identity}; Ctrl-C again leaves at once")
    try:
        session.client.cancel_comparison(identity)
        comparison = see_through(session, identity, 0.3)
    except KeyboardInterrupt:
        console.story(f"left; `amun comparison show {identity}` tells how it ended")
        return ExitCode.INTERRUPTED
    console.story(f"{comparison['state']}: kept {comparison['blocks']} blocks")
    return ExitCode.INTERRUPTED
