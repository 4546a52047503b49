"""Which host said that it cannot build which inspection, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_graph.column_types import Base, Document, Key, Moment, PlainText, table_of


class Refusal(Base):
    """A host's word that it lacks what an inspection asks for; the others are asked then."""

    __tablename__ = "refusals"

    host_id: Mapped[str] = mapped_column(Key, primary_key=True)
    inspection_id: Mapped[str] = mapped_column(
        ForeignKey("inspections.id"), primary_key=True, index=True
    )
    hostname: Mapped[str] = mapped_column(PlainText)
    failure: Mapped[dict[str, Any]] = mapped_column(Document)
    at: Mapped[datetime] = mapped_column(Moment)


refusals = table_of(Refusal)
