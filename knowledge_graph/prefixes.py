"""Short names: the one row whose id, or the hex suffix of it, begins with what was given."""

from __future__ import annotations

from sqlalchemy import Connection, Table, or_, select

from amun_core.errors import InvalidInputError, NotFoundError
from knowledge_graph.filters import SHORTEST_PREFIX, prefix_of

_CANDIDATES_SHOWN = 8


def by_prefix(connection: Connection, table: Table, kind: str, identity: str) -> str:
    """The one `kind` in `table` whose id or hex suffix begins with `identity`.

    NotFoundError; an ambiguous prefix raises InvalidInputError that lists the candidates.
    """
    ranges = [prefix_of(column, identity) for column in (table.c.id, table.c.suffix)]
    known = [condition for condition in ranges if condition is not None]
    if len(identity) < SHORTEST_PREFIX or not known:
        raise NotFoundError(
            kind, identity, hint=f"A prefix needs at least {SHORTEST_PREFIX} characters."
        )
    statement = select(table.c.id).where(or_(*known)).order_by(table.c.sequence.desc())
    found = list(connection.execute(statement.limit(_CANDIDATES_SHOWN + 1)).scalars())
    if not found:
        raise NotFoundError(kind, identity)
    if len(found) > 1:
        shown = ", ".join(found[:_CANDIDATES_SHOWN])
        more = ", ..." if len(found) > _CANDIDATES_SHOWN else ""
        raise InvalidInputError(
            f"prefix {identity!r} matches more than one {kind}: {shown}{more}",
            hint="Give more characters.",
        )
    return str(found[0])
