"""What the commands about stacks share: asking, the story, and the formats of lists of stacks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.stack.process import ask
from amun_client.stack.progress import watching
from amun_client.stack.request import question
from amun_client.stack.served import ask_service
from amun_client.stack.stacks_text import blocks, csv_lines
from amun_client.stack.text import closing_line
from amun_core.stack_request import StackVerb

Document = dict[str, Any]


def answer_of(
    session: Session, verb: StackVerb, given: dict[str, Any], what: Sequence[str], **own: Any
) -> Document:
    """Ask a process of this machine, or the service that --server names; tell the story of it."""
    request, where = question(verb, given, what, **own)
    with watching(session.console) as watcher:
        if session.taste.server:
            document = ask_service(session.client, request, where, watcher)
        else:
            document = ask(request, where, watcher, session.configuration.environ)
    for warning in document["warnings"]:
        session.console.warning(warning)
    session.console.story(closing_line(document))
    return document


def format_of(session: Session, answer_format: str | None) -> str:
    """The format that was asked for; --json is one too."""
    return answer_format or ("json" if session.taste.json else "text")


def tell_stacks(session: Session, document: Document, chosen: str) -> int:
    """Print the stacks of an answer; 5 where there are none."""
    console = session.console
    stacks = document["stacks"]
    if chosen == "json":
        console.document(document)
    elif chosen == "jsonl":
        for entry in stacks:
            console.answer(json.dumps(entry))
    elif chosen == "csv":
        for line in csv_lines(stacks):
            console.answer(line)
    else:
        for block in blocks(stacks):
            console.answer(block)
    return ExitCode.DONE if stacks else ExitCode.NOTHING
