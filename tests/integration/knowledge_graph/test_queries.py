"""Reads: by identity, by filter, page by page, on both databases."""

from __future__ import annotations

import pytest

from amun_core.errors import InvalidInputError, NotFoundError, StorageError
from amun_core.states import InspectionState
from knowledge_graph.queries import GraphQueries
from knowledge_graph.records import InspectionFilter
from knowledge_graph.store import GraphStore
from tests import factories
from tests.support.databases import execute

S = InspectionState


def create(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch, suffix: str, **changes: object
) -> str:
    monkeypatch.setattr("knowledge_graph.creating.secrets.token_hex", lambda _: suffix)
    return store.create_inspection(factories.new_inspection(**changes)).inspection_id


def ids(queries: GraphQueries, **wanted: object) -> set[str]:
    page = queries.page(InspectionFilter(**wanted))
    return {view.inspection_id for view in page.inspections}


def test_an_inspection_is_found_by_id_and_unique_prefix(
    store: GraphStore, queries: GraphQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create(store, monkeypatch, "aabbcc01", identifier="tf")
    second = create(store, monkeypatch, "aabbcc02")
    last = create(store, monkeypatch, "ffffffff", identifier="zzz")
    assert queries.inspection("inspection-z").inspection_id == last
    for identity in (first, "inspection-tf", "aabbcc01"):
        assert queries.inspection(identity).inspection_id == first
    for identity in (second, "inspection-aabb", "aabbcc02"):
        assert queries.inspection(identity).inspection_id == second


def test_an_ambiguous_prefix_lists_the_candidates(
    store: GraphStore, queries: GraphQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [create(store, monkeypatch, f"aabbcc0{number}") for number in range(2)]
    with pytest.raises(InvalidInputError) as caught:
        queries.inspection("aabbcc")
    assert all(inspection_id in str(caught.value) for inspection_id in known)
    for number in range(2, 9):
        create(store, monkeypatch, f"aabbcc0{number}")
    with pytest.raises(InvalidInputError, match=r"inspection-aabbcc01, \.\.\.$"):
        queries.inspection("aabbcc")


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "aabbc",
        "ffffffff",
        "inspection-%",
        "______",
        "AABBCC01",
        "aabbcc~",
        "a\x00bcdef",
        "\ud800aabbcc",
    ],
)
def test_what_is_not_there_is_not_found(
    store: GraphStore,
    queries: GraphQueries,
    monkeypatch: pytest.MonkeyPatch,
    identity: str,
) -> None:
    create(store, monkeypatch, "aabbcc01")
    with pytest.raises(NotFoundError):
        queries.inspection(identity)


def test_pages_hold_everything_once_while_more_comes(
    store: GraphStore, queries: GraphQueries
) -> None:
    known = [factories.in_state(store, S.ACCEPTED) for _ in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = queries.page(InspectionFilter(), cursor=cursor, limit=3)
        seen += [view.inspection_id for view in page.inspections]
        factories.in_state(store, S.ACCEPTED)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == known[::-1]


def test_a_page_that_is_just_full_is_the_last(store: GraphStore, queries: GraphQueries) -> None:
    for _ in range(3):
        factories.in_state(store, S.ACCEPTED)
    assert queries.page(InspectionFilter(), limit=3).next_cursor is None
    assert queries.page(InspectionFilter(), limit=2).next_cursor is not None
    assert len(queries.page(InspectionFilter(), limit=0).inspections) == 1


def test_no_inspection_no_page(queries: GraphQueries) -> None:
    page = queries.page(InspectionFilter())
    assert (page.inspections, page.next_cursor) == ((), None)


def test_a_list_carries_no_documents(store: GraphStore, queries: GraphQueries) -> None:
    inspection_id = factories.succeeded(store)
    [listed] = queries.page(InspectionFilter()).inspections
    full = queries.inspection(inspection_id)
    assert (listed.specification, listed.plan) == ("", None)
    assert full.specification == factories.new_inspection().specification
    assert (listed.state, listed.runs_accepted) == (S.SUCCEEDED, 2)


def test_offset_pages_do_not_overlap(store: GraphStore, queries: GraphQueries) -> None:
    known = [factories.in_state(store, S.ACCEPTED) for _ in range(5)]
    pages = [queries.offset_page(page=number, limit=2) for number in range(4)]
    assert [inspection_id for page in pages for inspection_id in page] == known[::-1]
    assert pages[3] == ()


def test_filters_narrow_together(store: GraphStore, queries: GraphQueries) -> None:
    measured = factories.succeeded(store, labels={"team": "a", "night": "1"})
    waiting = factories.queued(store, labels={"team": "b"}, framework="torch", indicator="conv")
    failed = factories.in_state(store, S.FAILED)
    everything = {measured, waiting, failed}

    assert ids(queries) == everything
    assert ids(queries, states=frozenset({S.QUEUED, S.FAILED})) == {waiting, failed}
    assert ids(queries, labels={"team": None}) == {measured, waiting}
    assert ids(queries, labels={"team": "a"}) == {measured}
    assert ids(queries, labels={"team": "a", "night": "2"}) == set()
    assert ids(queries, indicator="conv") == {waiting}
    assert ids(queries, framework="numpy") == {measured, failed}
    assert ids(queries, package="numpy") == {measured}
    assert ids(queries, package="numpy==2.4.6") == {measured}
    assert ids(queries, package="numpy==2.4.5") == set()
    assert ids(queries, package="num") == set()
    assert ids(queries, host=factories.HOST) == {measured}
    assert ids(queries, host=factories.HOST[:12]) == {measured}
    assert ids(queries, host="bench-1") == {measured}
    assert ids(queries, host="bench") == set()
    for odd in ("%", "a\x00", "\ud800"):
        assert ids(queries, host=odd) == set()
        assert ids(queries, package=odd) == set()
        assert ids(queries, indicator=odd) == set()
        assert ids(queries, labels={odd: odd}) == set()
    assert ids(queries, framework="numpy", states=frozenset({S.FAILED})) == {failed}


def test_counts_name_every_state(store: GraphStore, queries: GraphQueries) -> None:
    for state in S:
        factories.in_state(store, state)
    factories.in_state(store, S.FAILED)
    counts = {state.value: 1 for state in S}
    assert queries.counts() == counts | {"failed": 2}


def test_a_stack_tells_what_is_installed_by_name(store: GraphStore, queries: GraphQueries) -> None:
    packages = (("zipp", "3.1", None), ("Zope", "1", None), ("attrs", "25.1", "sha256:01"))
    other = factories.stack(digest="amun-stack-1:other", packages=(("attrs", "24.1", None),))
    for stack in (factories.stack(digest="amun-stack-1:this", packages=packages), other):
        claim = factories.claimed(store, factories.queued(store))
        store.finish_build(claim, factories.built(stack=stack))
    assert queries.stack_packages("amun-stack-1:this") == (
        ("Zope", "1"),
        ("attrs", "25.1"),
        ("zipp", "3.1"),
    )
    assert queries.stack_packages("amun-stack-1:other") == (("attrs", "24.1"),)
    assert queries.stack_packages("amun-stack-1:none") == ()


def test_the_outbox_is_counted(store: GraphStore, queries: GraphQueries) -> None:
    assert queries.outbox_length() == 0
    for _ in range(3):
        factories.in_state(store, S.ACCEPTED)
    assert queries.outbox_length() == 3
    store.mark_published([store.pending_outbox()[0].outbox_id])
    assert queries.outbox_length() == 2


def test_an_unknown_run_is_not_found(store: GraphStore, queries: GraphQueries) -> None:
    claim = factories.measuring(store)
    store.record_run(claim, factories.run_record(0, accepted=False))
    with pytest.raises(NotFoundError):
        queries.run(claim.inspection_id, 0)


def test_ready_only_with_the_newest_schema(queries: GraphQueries, database_url: str) -> None:
    queries.ready()
    execute(database_url, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(StorageError, match="schema 0001") as caught:
        queries.ready()
    assert caught.value.hint == "Run `python -m knowledge_graph upgrade`."


def test_times_are_aware_and_near_the_databases_clock(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    inspection_id = factories.in_state(store, S.ACCEPTED)
    statement = (
        "SELECT CAST(strftime('%s', 'now') AS REAL)"
        if database_url.startswith("sqlite")
        else "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
    )
    [(now,)] = execute(database_url, statement)
    created = queries.inspection(inspection_id).created_at
    assert created.utcoffset() is not None
    assert abs(created.timestamp() - now) < 30
