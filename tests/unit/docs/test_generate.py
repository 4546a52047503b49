"""The documentation says what the code does: pages, links, commands, settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from amun_client.cli import cli
from amun_core.settings import Settings
from docs.reference_pages import pages


def written(root: Path) -> list[Path]:
    return [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]


def test_generated_pages_are_what_the_code_says(project_root: Path) -> None:
    stale = [
        name
        for name, text in pages().items()
        if (project_root / "docs" / "reference" / name).read_text() != text
    ]
    assert stale == [], "run `make docs`"


def test_links_lead_somewhere(project_root: Path) -> None:
    broken = [
        f"{page.relative_to(project_root)}: {target}"
        for page in written(project_root)
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text())
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert broken == []


def commands_shown(root: Path) -> Iterator[tuple[str, list[str]]]:
    for page in written(root):
        if page.parent.name == "reference":
            continue
        text = page.read_text()
        shown = re.findall(r"`(amun [^`\n]+)`", text)
        for block in re.findall(r"```(?:\w*)\n(.*?)```", text, re.DOTALL):
            shown += [
                line.split("#")[0]
                for line in block.replace("\\\n", " ").splitlines()
                if line.strip().startswith("amun ")
            ]
        for line in shown:
            yield page.name, shlex.split(line)[1:]


def test_commands_shown_exist_with_their_options(project_root: Path) -> None:
    unknown, seen = [], 0
    for page, words in commands_shown(project_root):
        seen += 1
        command: click.Command = cli
        rest = list(words)
        while isinstance(command, click.Group) and rest and rest[0] in command.commands:
            command = command.commands[rest.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts}
        if isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            unknown.append(f"{page}: amun {' '.join(words)}")
        unknown += [
            f"{page}: amun {' '.join(words)}: {word}"
            for word in rest
            if word.startswith("-") and len(word) > 1 and word.split("=")[0] not in options
        ]
    assert seen >= 10
    assert unknown == []


@pytest.mark.parametrize("variable", [f"AMUN_{name.upper()}" for name in Settings.model_fields])
def test_every_setting_is_documented(variable: str, project_root: Path) -> None:
    assert f"`{variable}`" in (project_root / "docs" / "reference" / "settings.md").read_text()


def test_settings_named_in_pages_exist(project_root: Path) -> None:
    known = {f"AMUN_{name.upper()}" for name in Settings.model_fields}
    known |= {"AMUN_SERVER", "AMUN_TOKEN", "AMUN_TOKEN_FILE"}  # the client's own
    named = {
        name
        for page in written(project_root)
        for name in re.findall(r"AMUN_[A-Z_]+", page.read_text())
    }
    assert named - known == set()
