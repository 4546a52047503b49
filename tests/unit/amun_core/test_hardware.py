from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from amun_core.hardware import CacheDescription, HostDescription, unmet
from amun_core.plan import HostFacts
from amun_core.specification import HardwareRequest

HOST = HostFacts(
    host_id="h",
    hostname="n",
    cpu_count=4,
    cpu_set=(0, 1, 2, 3),
    memory_bytes=2**33,
    cpu_family=6,
    cpu_model=85,
    processor="Intel Xeon Processor (Skylake, IBRS)",
    physical_cpus=2,
)


def test_no_request_is_met_by_any_host() -> None:
    assert unmet(None, HOST) == []
    assert unmet(HardwareRequest(), HOST) == []


def test_a_request_that_is_met() -> None:
    request = HardwareRequest(cpu_family=6, cpu_model=85, processor="skylake", physical_cpus=2)
    assert unmet(request, HOST) == []


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (HardwareRequest(cpu_family=7), "CPU family 7 is asked for, this host has 6"),
        (HardwareRequest(cpu_model=1), "CPU model 1 is asked for, this host has 85"),
        (
            HardwareRequest(processor="EPYC"),
            "processor 'EPYC' is asked for, this host has 'Intel Xeon Processor (Skylake, IBRS)'",
        ),
        (HardwareRequest(physical_cpus=3), "3 physical CPUs are asked for, this host has 2"),
    ],
)
def test_what_is_unmet_says_both_sides(request_: HardwareRequest, sentence: str) -> None:
    assert unmet(request_, HOST) == [sentence]


def test_a_host_that_tells_nothing_meets_no_demand() -> None:
    silent = HostFacts(host_id="h", hostname="n", cpu_count=1, cpu_set=(0,), memory_bytes=1)
    request = HardwareRequest(cpu_family=6, cpu_model=85, processor="x", physical_cpus=1)
    assert len(unmet(request, silent)) == 4


@pytest.mark.parametrize("model", [HostDescription, CacheDescription])
def test_every_field_is_documented(model: type[BaseModel]) -> None:
    documented = {"schema_version", "caches"}  # a constant, and a type with fields of its own
    undocumented = {
        name for name, field in model.model_fields.items() if not field.description
    } - documented
    assert undocumented == set()


def test_a_description_survives_json() -> None:
    described = HostDescription(
        host_id="h", logical_cpus=2, memory_bytes=1, cpu_flags=("avx2",), turbo=False
    )
    assert HostDescription.model_validate_json(described.model_dump_json()) == described
    with pytest.raises(ValidationError):
        HostDescription(host_id="h", logical_cpus=0, memory_bytes=1)
