"""What all commands have in common: the same options everywhere, and a guess at what was meant."""

from __future__ import annotations

import difflib
from typing import Any

import click

from amun_client.console import Colour, Taste


def common_options() -> list[click.Parameter]:
    """The options that every command takes, before or after its name."""
    return [
        click.Option(["--server"], metavar="URL", help="The server.  [env: AMUN_SERVER]"),
        click.Option(["--json", "json_"], is_flag=True, help="Answer with the whole document."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Errors only on stderr."),
        click.Option(["-v", "--verbose"], count=True, help="Say more; twice for still more."),
        click.Option(
            ["--color", "--colour", "colour"],
            type=click.Choice([colour.value for colour in Colour]),
            help="When to use colour; default auto.  [env: NO_COLOR, FORCE_COLOR]",
        ),
        click.Option(["--no-header"], is_flag=True, help="No header above tables."),
        click.Option(["--debug"], is_flag=True, help="Show the traceback of an error."),
    ]


def take_common(context: click.Context, taste: Taste) -> None:
    """Move the common options out of the command's parameters into `taste`."""
    values = context.params
    taste.server = values.pop("server", None) or taste.server
    taste.json = bool(values.pop("json_", False)) or taste.json
    taste.quiet = bool(values.pop("quiet", False)) or taste.quiet
    taste.verbose = max(int(values.pop("verbose", 0) or 0), taste.verbose)
    if colour := values.pop("colour", None):
        taste.colour = Colour(colour)
    taste.header = not values.pop("no_header", False) and taste.header
    taste.debug = bool(values.pop("debug", False)) or taste.debug


class AmunCommand(click.Command):
    """A command with the common options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> Any:
        """Hand the common options over, then run."""
        take_common(ctx, ctx.find_root().obj.taste)
        return super().invoke(ctx)


class AmunGroup(click.Group):
    """A group whose unknown names are answered with the nearest known one."""

    command_class = AmunCommand
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> Any:
        """Hand the common options over, then go on to the command."""
        take_common(ctx, ctx.find_root().obj.taste)
        return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a typing error gets a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise click.UsageError(
                unknown_name("command", args[0], self.list_commands(ctx)), ctx
            ) from None


def unknown_name(kind: str, name: str, known: list[str]) -> str:
    """`no command 'jsn'. Did you mean 'json'?`, or the list of what there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"no {kind} {name!r}. Did you mean {near[0]!r}?"
    return f"no {kind} {name!r}. There are: {', '.join(known)}"
