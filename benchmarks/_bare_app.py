"""The bare application that the API is compared with: Flask, SQLAlchemy, one table.

`python benchmarks/_bare_app.py DATABASE PORT` serves it with the very options of the API's server.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy import JSON, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from amun_api.server import Server, bind_address


class Base(DeclarativeBase):
    """Base of the one model."""


class Stored(Base):
    """A body as it came."""

    __tablename__ = "stored"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


def create_bare_app(database: str) -> Flask:
    """What anybody would write first: one ORM insert, one ORM read by primary key."""
    app = Flask("bare")
    engine = create_engine(f"sqlite:///{database}", pool_size=8)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # the settings of the service's own database
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 5000")

    Base.metadata.create_all(engine)

    @app.post("/stored")
    def store() -> tuple[Response, int]:
        with Session(engine) as session:
            row = Stored(created_at=datetime.now(UTC), document=request.get_json())
            session.add(row)
            session.commit()
            return jsonify(id=row.id), 202

    @app.get("/stored/<int:identity>")
    def show(identity: int) -> Response:
        with Session(engine) as session:
            row = session.get_one(Stored, identity)
            return jsonify(id=row.id, created_at=row.created_at, document=row.document)

    return app


if __name__ == "__main__":
    path, port = sys.argv[1:]
    Server(lambda: create_bare_app(path), bind_address("127.0.0.1", int(port))).serve()
