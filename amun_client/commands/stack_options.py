"""Options that the questions about stacks share: what may be chosen, for what, from where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from amun_client import option_values
from amun_client.stack.request import parse_last_of, parse_moment
from amun_core.stack_request import (
    DEFAULT_TIME_LIMIT_SECONDS,
    LARGEST_SEED,
    MOST_STACKS,
    Distribution,
)

Command = Callable[..., int]

_IN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def _moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else parse_moment(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date: 2024-06-01, 2024-06-01T12:00Z") from None


def _last_of(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> dict[str, int]:
    try:
        return parse_last_of(value)
    except ValueError:
        raise click.BadParameter("a package and a number are expected: numpy=5") from None


def _time_limit(ctx: click.Context, param: click.Parameter, value: str | None) -> float:
    return option_values.span(ctx, param, value) or DEFAULT_TIME_LIMIT_SECONDS


_WHAT = click.argument("what", nargs=-1, required=True, metavar="FILE|REQUIREMENT...")
_SPACE = (
    click.option("--python-version", metavar="X.Y[.Z]", help="Python of the stacks."),
    click.option(
        "--platform",
        metavar="NAME",
        help="linux_x86_64, manylinux_2_28_aarch64, musllinux_1_2_x86_64.",
    ),
    click.option("--libc", metavar="NAME", help="C library: 'glibc 2.36', 'musl 1.2'."),
    click.option(
        "--base",
        metavar="IMAGE",
        help="Take Python and C library from the name of a base image; default: this host's.",
    ),
    click.option(
        "--as-of",
        callback=_moment,
        metavar="DATE",
        help="The index as it was: files uploaded up to the end of that day, UTC.",
    ),
    click.option(
        "--newer-than", callback=_moment, metavar="DATE", help="Files uploaded after that day only."
    ),
    click.option(
        "--last",
        type=click.IntRange(1),
        metavar="N",
        help="The newest N versions of each package only.",
    ),
    click.option(
        "--last-of", multiple=True, callback=_last_of, metavar="PKG=N", help="The same for one."
    ),
    click.option(
        "--exclude", multiple=True, metavar="REQ", help="Leave these versions out: 'numpy<1.20'."
    ),
    click.option(
        "--allow", multiple=True, metavar="REQ", help="Of this package these versions only."
    ),
    click.option(
        "--pre-releases",
        type=click.Choice(["if-necessary", "allow", "never"]),
        default="if-necessary",
        show_default=True,
        help="if-necessary: where there is nothing else, or a requirement names one.",
    ),
    click.option(
        "--sdists",
        is_flag=True,
        help="Versions without a wheel too, where their source distribution tells what they require.",
    ),
    click.option("--dev", is_flag=True, help="Development packages too."),
    click.option("--index", metavar="URL", help="In place of the index of pip's configuration."),
    click.option("--offline", is_flag=True, help="Ask no index: what was read before must do."),
    click.option("--snapshot", type=_IN_FILE, metavar="FILE", help="Work on this snapshot."),
    click.option(
        "--save-snapshot", type=_OUT_FILE, metavar="FILE", help="Keep what was read for later."
    ),
    click.option(
        "--time-limit",
        callback=_time_limit,
        metavar="TIME",
        help="Compile no longer than this: 90s, 30m; default 2m.",
    ),
)

NUMBER = click.option(
    "-n",
    "--number",
    type=click.IntRange(1, MOST_STACKS),
    default=1,
    show_default=True,
    help="So many stacks.",
)
SEED = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True, help="Of chance."
)
UNIFORM = click.option(
    "--uniform",
    "distribution",
    flag_value=Distribution.UNIFORM.value,
    help="Each valid stack equally likely; default: spread over the versions of what was named, each "
    "with the newest rest that fits.",
)
STACKS_FORMAT = click.option(
    "--format",
    "answer_format",
    type=click.Choice(["text", "json", "jsonl", "csv"]),
    help="How to answer; default text. --json is --format json.",
)
SCORES = click.option(
    "--scores",
    type=_IN_FILE,
    metavar="FILE",
    help='JSON: {"versions": {"numpy": {"2.1.0": 1.5}}}, higher is better; '
    "default: the newer, the better.",
)
LOCK_FILE = click.option(
    "--to",
    "lock",
    type=_IN_FILE,
    required=True,
    metavar="LOCK",
    help="Pipfile.lock, pylock.toml or requirements.txt to stay near to.",
)


def shared_options(command: Command) -> Command:
    """What may be chosen, for what, from where."""
    return _WHAT(space_options(command))


def space_options(command: Command) -> Command:
    """The same, but for the requirements themselves."""
    for option in reversed(_SPACE):
        command = option(command)
    return command
