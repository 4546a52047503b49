"""Hosts, measuring leases, indicators and signs of life, on both databases."""

from __future__ import annotations

from knowledge_graph.queries import GraphQueries
from knowledge_graph.store import GraphStore
from tests.support.databases import execute


def test_one_holder_of_a_hosts_lease(store: GraphStore, database_url: str) -> None:
    assert store.acquire_host_lease("h", "a", 60) is True
    assert store.acquire_host_lease("h", "b", 60) is False
    assert store.acquire_host_lease("other", "b", 60) is True
    assert store.acquire_host_lease("h", "a", 60) is True
    store.release_host_lease("h", "b")
    assert store.acquire_host_lease("h", "b", 60) is False
    execute(database_url, "UPDATE host_leases SET lease_until = 1 WHERE host_id = 'h'")
    assert store.acquire_host_lease("h", "b", 60) is True
    assert store.acquire_host_lease("h", "a", 60) is False
    store.release_host_lease("h", "b")
    assert store.acquire_host_lease("h", "a", 60) is True


def test_a_host_is_refreshed_in_place(store: GraphStore, queries: GraphQueries) -> None:
    store.save_host("h", {"hostname": "one", "cpu_count": 2})
    [first] = queries.hosts()
    store.save_host("h", {"hostname": "two", "cpu_count": 4})
    [second] = queries.hosts()
    assert (second["id"], second["hostname"]) == ("h", "two")
    assert second["description"] == {"hostname": "two", "cpu_count": 4}
    assert second["first_seen_at"] == first["first_seen_at"]
    assert second["last_seen_at"] >= first["last_seen_at"]


def test_indicators_are_added_once_for_each_framework(store: GraphStore, database_url: str) -> None:
    matmul = {"name": "matmul", "frameworks": ["numpy", "torch"], "version": "1", "digest": "d"}
    store.save_indicators([])
    store.save_indicators([matmul])
    store.save_indicators([matmul, {**matmul, "version": "2"}])
    store.save_indicators([{"name": "conv", "framework": "torch", "version": "1", "digest": "e"}])
    rows = execute(database_url, "SELECT name, framework, version FROM indicators ORDER BY 1, 2, 3")
    assert rows == [
        ("conv", "torch", "1"),
        ("matmul", "numpy", "1"),
        ("matmul", "numpy", "2"),
        ("matmul", "torch", "1"),
        ("matmul", "torch", "2"),
    ]


def test_the_newest_sign_of_life_stays(
    store: GraphStore, queries: GraphQueries, database_url: str
) -> None:
    store.service_beat("reaper", {"pid": 1})
    execute(database_url, "UPDATE service_beats SET at = at - 1000")
    store.service_beat("builder", {"pid": 2})
    builder, reaper = queries.service_beats()
    assert (builder["name"], builder["detail"]) == ("builder", {"pid": 2})
    assert 0 <= builder["age_seconds"] < 100
    assert 1000 <= reaper["age_seconds"] < 1100
    store.service_beat("reaper", {"pid": 3})
    reaper = queries.service_beats()[1]
    assert reaper["detail"] == {"pid": 3}
    assert 0 <= reaper["age_seconds"] < 100
