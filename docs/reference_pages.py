"""The reference pages as text: settings, states, facts, indicators, suites, commands, interface."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from amun_api.app import create_app
from amun_client import indicator_page
from amun_client.cli import cli
from amun_core import documentation
from amun_core.settings import Settings
from docs import suites_page
from pis import catalogue

WIDTH = 100


def pages() -> dict[str, str]:
    """File name in docs/reference/ -> its text."""
    return {
        "settings.md": documentation.settings_page(),
        "states.md": documentation.states_page(),
        "facts.md": documentation.facts_page(),
        "indicators.md": _indicators(),
        "suites.md": suites_page.page(table=_table),
        "command-line.md": _command_line(),
        "http.md": _http(),
    }


def _indicators() -> str:
    parts = ["# Indicators", "`amun indicator list` prints the same."]
    for one in catalogue.indicators():
        parts += [
            f"## {one['name']}",
            f"{one['summary']}",
            f"Frameworks: {', '.join(one['frameworks'])}. Version {one['version']}, "
            f"{one['stability']}. {_work(one)}",
            _table(
                ("parameter", "type", "default", "range or choices", "meaning"),
                [
                    (
                        f"`{parameter['name']}`",
                        parameter["type"],
                        f"`{indicator_page.shown(parameter['default'])}`",
                        _range(parameter),
                        parameter["help"],
                    )
                    for parameter in one["parameters"]
                ],
            ),
            *_types(one),
            *_exceptions(one),
        ]
    return "\n\n".join(parts) + "\n"


def _work(one: Mapping[str, Any]) -> str:
    if one["flops"] is None:
        return "Time alone is measured."
    return f"Work: `{one['flops']['formula']}` FLOP per iteration ({one['flops']['source']})."


def _types(one: Mapping[str, Any]) -> Iterator[str]:
    """Which types of numbers each framework has on which device."""
    found = indicator_page.types_by_device(one)
    if found:
        yield _table(
            ("framework", "device", "types of numbers"),
            [(framework, device, ", ".join(types) or "-") for framework, device, types in found],
        )


def _exceptions(one: Mapping[str, Any]) -> Iterator[str]:
    """What cannot be had together, and the presets."""
    for line in indicator_page.refused(one):
        yield f"Refused: {line}."
    for name, preset in one["presets"].items():
        values = ", ".join(f"`{parameter}={value}`" for parameter, value in preset.items())
        yield f"Preset `{name}`: {values}."


def _range(parameter: Mapping[str, Any]) -> str:
    if parameter["choices"]:
        text = ", ".join(parameter["choices"])
        for framework, choices in parameter["choices_by_framework"].items():
            text += f"; {framework}: {', '.join(choices)}"
        return text
    return indicator_page.allowed(parameter)


def _command_line() -> str:
    parts = ["# Command line", "Every command has `--json`; `amun COMMAND --help` prints the same."]
    for path, command in _commands(cli, "amun"):
        # click keeps the first help option that it makes: ask for the one a person sees
        context = click.Context(command, info_name=path, **cli.context_settings)
        context.terminal_width = WIDTH
        parts += [f"## `{path}`", "```text\n" + command.get_help(context).rstrip() + "\n```"]
    return "\n\n".join(parts) + "\n"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _commands(command.commands[name], f"{path} {name}")


def _http() -> str:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(home=Path(folder)))
        document = app.test_client().get("/openapi/openapi.json", headers={"Host": "localhost"})
        description: dict[str, Any] = document.get_json()
    rows = [
        (
            method.upper(),
            f"`{path}`",
            operation.get("summary", ""),
            ", ".join(sorted(operation["responses"])),
        )
        for path, operations in sorted(description["paths"].items())
        for method, operation in operations.items()
        if method in {"get", "post", "put", "delete"}
    ]
    return (
        "\n\n".join(
            (
                "# HTTP interface",
                "The whole document, OpenAPI 3.1, is served at `/openapi/openapi.json`, and as a page at "
                "`/openapi/`. Errors of `/api/v1` are RFC 9457 problem details with a code, pointers and "
                "a request id; the paths of the prior system keep their own error shape.",
                _table(("verb", "path", "what", "answers"), rows),
            )
        )
        + "\n"
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )
