from __future__ import annotations

from dataclasses import replace

from amun_core.hardware import AcceleratorDescription, HostDescription


def test_slow_facts_are_found_out_before_they_are_needed(bench):
    asked = []
    described = bench.workplace.describe()
    workplace = replace(
        bench.workplace,
        describe=lambda: (asked.append("describe"), described)[1],
        hardware_info=lambda: (asked.append("hardware"), {})[1],
    )
    workplace.warm_up().join(5)
    assert sorted(asked) == ["describe", "hardware"]
    assert [probe.name for probe in workplace.engines.known_probes()] == ["process", "container"]


def test_a_fact_that_cannot_be_found_out_ends_nothing(bench):
    def fail() -> HostDescription:
        raise OSError("no /proc here")

    replace(bench.workplace, describe=fail).warm_up().join(5)
    assert "warm_up_failed" in [line["event"] for line in bench.logged]


def test_the_cuda_version_is_that_of_the_first_accelerator_which_tells_one(bench):
    assert bench.workplace.cuda_version() is None
    known = bench.workplace.describe()
    accelerators = (
        AcceleratorDescription(kind="gpu"),
        AcceleratorDescription(kind="gpu", runtime_version="12.6"),
    )
    described = known.model_copy(update={"accelerators": accelerators})
    assert replace(bench.workplace, describe=lambda: described).cuda_version() == "12.6"


def test_the_measuring_lease_belongs_to_the_installation(bench):
    assert bench.workplace.measuring_owner == "installation-1"
