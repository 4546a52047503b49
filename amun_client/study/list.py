"""The studies there are, and those that were begun on a server."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from amun_client.api import Client
from amun_client.study.catalogue import STUDIES
from amun_client.study.plan import IDENTITY, ROUNDS, STUDY, VALUES, values_text
from amun_core.states import InspectionState

Document = dict[str, Any]

_PAGE = 200


def known_table() -> tuple[list[str], list[list[str]]]:
    """Header and rows of the studies there are."""
    header = ["study", "varies", "values", "title"]
    rows = [
        [study.name, study.varies, values_text(study.values), study.title]
        for study in STUDIES.values()
    ]
    return header, rows


def known_document(begun: list[Document]) -> Document:
    """Everything about the studies, and which were begun."""
    return {
        "schema": "amun.studies/1",
        "studies": [asdict(study) for study in STUDIES.values()],
        "begun": begun,
    }


def begun_table(client: Client) -> list[Document]:
    """One row for each study that the server has inspections of, newest first."""
    begun: dict[str, Document] = {}
    cursor = None
    while True:
        page = client.page(label=[IDENTITY], limit=_PAGE, cursor=cursor)
        for one in page["inspections"]:
            labels = one["labels"]
            identity = labels[IDENTITY]
            planned = len(labels.get(VALUES, "").split(",")) * int(labels.get(ROUNDS, "0"))
            row = begun.setdefault(
                identity,
                {
                    "id": identity,
                    "study": labels.get(STUDY, "-"),
                    "framework": (one["indicator"] or {}).get("framework", "-"),
                    "measured": 0,
                    "planned": planned,
                    "last": one["created_at"],
                },
            )
            row["measured"] += one["state"] == InspectionState.SUCCEEDED
        cursor = page["next_cursor"]
        if cursor is None:
            return list(begun.values())
