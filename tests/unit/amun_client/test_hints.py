"""The command line names commands, whatever route the service names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amun_client.cli import cli
from amun_client.hints import COMMANDS, in_commands

ROOT = Path(__file__).parents[3]
_HINT = re.compile(r'hint=f?"([^"]*(?:GET|POST) /api/v1/[^"]*)"')


def hints() -> list[str]:
    sources = (path.read_text("utf-8") for path in (ROOT / "amun_api").rglob("*.py"))
    return sorted({hint for source in sources for hint in _HINT.findall(source)})


@pytest.mark.parametrize("hint", hints())
def test_every_hint_of_the_service_has_its_command(hint: str) -> None:
    assert "/api/" not in in_commands(hint)


def test_there_are_hints_with_routes() -> None:
    assert len(hints()) >= 4


@pytest.mark.parametrize("words", COMMANDS.values())
def test_each_command_exists(words: str) -> None:
    command = cli
    for name in words.strip("`").split()[1:]:
        if not name.startswith("-"):
            command = command.commands[name]
    assert command.callback is not None
