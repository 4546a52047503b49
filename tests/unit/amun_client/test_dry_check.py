"""A dry run finds what the run finds: each fault of the service's own check, at the same place."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from amun_api.indicator_catalogue import IndicatorCatalogue
from amun_api.submission import check_document
from amun_api.surfaces import Surface
from amun_client.dry_check import check_comparison, check_sweep
from amun_core.comparison_intake import parse_comparison
from amun_core.errors import InvalidComparisonError, InvalidSweepError

CATALOGUE = IndicatorCatalogue()


def request(
    parameters: Any = None, *, name: str = "matmul", framework: str = "numpy", **more: Any
) -> dict[str, Any]:
    indicator = {"name": name, "framework": framework, "parameters": parameters or {}, **more}

    def arm(version: str) -> dict[str, Any]:
        lock = {"format": "requirements.txt", "content": f"numpy=={version}"}
        return {"specification": {"indicator": indicator, "python": {"lock": lock}}}

    return {"a": arm("2.3.5"), "b": arm("2.4.6")}


WRONG: list[dict[str, Any]] = [
    request({"size": 512}),
    request({"matrix_size": "abc"}),
    request({"matrix_size": 0}),
    request({"matrix_size": -3}),
    request({"matrix_size": True}),
    request({"matrix_size": 10**400}),
    request({"dtype": "float99"}),
    request({"matrix_size": 512, "size": 512, "width": 1}),
    request(name="matmull"),
    request(framework="numpi"),
    request(preset="no-such"),
    request(name="gemm", parameters={"m": "x", "mm": 2}),
    {**request(), "band": 3},
    {**request(), "maximum_blocks": 0},
    {**request(), "condition": "loud"},
]


@pytest.mark.parametrize("document", WRONG)
def test_the_faults_are_those_of_the_service(document: dict[str, Any]) -> None:
    read = partial(check_document, surface=Surface.V1, catalogue=CATALOGUE)
    with pytest.raises(InvalidComparisonError) as of_service:
        parse_comparison(document, read)
    with pytest.raises(InvalidComparisonError) as of_dry_run:
        check_comparison(document)
    wanted = {fault.pointer for fault in of_service.value.faults}
    assert {fault.pointer for fault in of_dry_run.value.faults} == wanted


@pytest.mark.parametrize(
    "document",
    [
        request(),
        request({"matrix_size": 512}),
        request({"matrix_size": 512, "dtype": "float32"}),
        request({"m": 8, "n": 8, "k": 8}, name="gemm"),
        {"a": {"inspection": "inspection-1234"}, "b": {"inspection": "inspection-5678"}},
    ],
)
def test_what_the_service_accepts_passes(document: dict[str, Any]) -> None:
    check_comparison(document)


def test_a_word_nearby_is_told() -> None:
    with pytest.raises(InvalidComparisonError) as caught:
        check_comparison(request({"matrix_siz": 512}))
    assert caught.value.faults[0].hint == "did you mean 'matrix_size'?"


def test_a_sweep_is_checked_too() -> None:
    specification = request({"size": 512})["a"]["specification"]
    lock = specification.pop("python")["lock"]
    document = {
        "common": {**specification, "runs": 6},
        "members": [{"name": f"numpy {n}", "lock": lock} for n in range(2)],
    }
    with pytest.raises(InvalidSweepError) as caught:
        check_sweep(document)
    assert any(fault.pointer.endswith("/parameters/size") for fault in caught.value.faults)
