"""The whole service on PostgreSQL: the code is the same, only a setting differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.postgresql import fresh_database, postgresql_server
from tests.support.service import Service

pytestmark = [pytest.mark.network, pytest.mark.postgresql]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with postgresql_server() as server, fresh_database(server) as url:
        yield url


def test_an_inspection_goes_the_whole_way_on_postgresql(
    new_service: Callable[..., Service], numpy_lock: str, database_url: str
) -> None:
    service = new_service(AMUN_DATABASE_URL=database_url)
    service.up()
    assert service.status()["database"]["kind"] == "postgresql"
    accepted = service.post(
        {
            "runs": 6,
            "engine": "process",
            "python": {"lock": {"format": "requirements.txt", "content": numpy_lock}},
            "indicator": {
                "name": "matmul",
                "framework": "numpy",
                "parameters": {"matrix_size": 64, "reps": 10},
            },
        }
    )["id"]
    shown = service.wait(accepted)
    assert shown["state"] == "succeeded", shown["failure"]
    results = service.get(f"/inspections/{accepted}/results")
    assert results["summary"]["runs"] == 6
    assert results["stack"]["packages"] == [
        {"name": "numpy", "version": results["stack"]["packages"][0]["version"]}
    ]
    assert service.get("/inspections", params={"package": "numpy"})["inspections"]
    service.down()
    assert service.leftovers() == []
    assert not (service.home / "amun.sqlite").exists()
