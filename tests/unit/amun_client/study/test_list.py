from __future__ import annotations

import json
from typing import Any

from amun_client.study.list import begun_table, known_document, known_table
from tests.support.studies import IDENTITY, inspection


class Pages:
    def page(self, **filters: Any) -> dict[str, Any]:
        assert filters["label"] == ["study.id"]
        if filters["cursor"] is None:
            newest = [inspection(64, 2), inspection(128, 1, "failed")]
            return {"inspections": newest, "next_cursor": "more"}
        other = inspection(64, 1)
        other["labels"]["study.id"] = "sizes-other"
        return {"inspections": [inspection(64, 1), other], "next_cursor": None}


def test_begun_studies_are_counted_over_all_pages() -> None:
    first, second = begun_table(Pages())
    assert (first["id"], first["measured"], first["planned"]) == (IDENTITY, 2, 4)
    assert (second["id"], second["measured"]) == ("sizes-other", 1)


def test_the_studies_there_are() -> None:
    header, rows = known_table()
    assert header[0] == "study"
    assert [row[0] for row in rows] == ["repetitions", "sizes"]
    document = json.loads(json.dumps(known_document([])))
    assert document["schema"] == "amun.studies/1"
    assert document["studies"][0]["original"]["inspections"] == 300
