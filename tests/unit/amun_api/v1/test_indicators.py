"""The indicators that can be asked for."""

from __future__ import annotations

from amun_api.v1 import models


def test_indicators_are_listed_and_each_is_found_by_its_name(client):
    listed = models.IndicatorList.model_validate(client.get("/api/v1/indicators").json)
    assert "matmul" in [indicator.name for indicator in listed.indicators]
    for indicator in listed.indicators:
        shown = client.get(f"/api/v1/indicators/{indicator.name}").json
        assert shown == indicator.model_dump()
        assert shown["version"]
        assert shown["frameworks"]


def test_a_misspelt_indicator_is_answered_with_the_nearest(client):
    answer = client.get("/api/v1/indicators/matmull")
    assert answer.status_code == 404
    assert answer.json["hint"] == "did you mean 'matmul'?"
