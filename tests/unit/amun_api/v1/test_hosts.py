from __future__ import annotations

import pytest

from amun_api.v1 import comparison_models
from amun_core.comparison import ComparisonKind
from tests import factories
from tests.support import comparisons

URL = "/api/v1/hosts"


def test_a_host_is_shown_with_its_calibrations(client, store):
    older = comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    newer = comparisons.succeeded(store, kind=ComparisonKind.CALIBRATION)
    store.save_host("amun-host-1:bb22", {"hostname": "bench-2", "cpu_brand": "Imagined"})
    listed = comparison_models.HostList.model_validate(client.get(URL).json)
    assert [host.name for host in listed.hosts] == ["bench-1", "bench-2"]
    assert [one.comparison_id for one in listed.hosts[0].calibrations] == [newer, older]
    assert listed.hosts[1].processor == "Imagined"
    assert listed.hosts[1].calibrations == []


@pytest.mark.parametrize("asked", [factories.HOST, "bench-1", "amun-host-1:a"])
def test_a_host_has_several_names(client, store, asked):
    store.save_host(factories.HOST, {"hostname": "bench-1"})
    store.save_host("amun-host-1:bb22", {"hostname": "bench-2"})
    answer = client.get(f"{URL}/{asked}")
    assert comparison_models.ShownHostRecord.model_validate(answer.json).id == factories.HOST
    assert client.get(answer.json["links"]["self"]).status_code == 200


def test_what_names_no_host_or_two(client, store):
    store.save_host(factories.HOST, {"hostname": "bench-1"})
    store.save_host("amun-host-1:bb22", {"hostname": "bench-2"})
    assert client.get(f"{URL}/bench-3").status_code == 404
    assert client.get(f"{URL}/amun").status_code == 404
    answer = client.get(f"{URL}/amun-host-1:")
    assert answer.status_code == 400
    assert factories.HOST in answer.json["detail"]
