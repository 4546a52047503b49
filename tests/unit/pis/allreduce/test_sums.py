"""The sums of an all-reduce, and what is counted of it."""

from __future__ import annotations

import numpy as np
import pytest

from pis import catalogue
from pis.allreduce import sums


@pytest.mark.parametrize(("processes", "rounds"), [(2, 100), (3, 63), (4, 50), (64, 16)])
def test_sums_of_sums_stay_finite(processes: int, rounds: int) -> None:
    assert sums.rounds(processes) == rounds
    largest = np.float32(processes) ** np.float32(rounds)
    assert np.isfinite(largest * np.float32(2**20))


def test_each_process_has_a_seed_of_its_own() -> None:
    seeds = {sums.seed_of(seed, rank) for seed in range(20) for rank in range(64)}
    assert len(seeds) == 20 * 64
    assert 0 <= sums.seed_of(2**63, 63) < 2**32


@pytest.mark.parametrize("processes", [2, 3, 8])
def test_rounding_stays_within_the_tolerance(processes: int) -> None:
    generator = np.random.RandomState(processes)
    vectors = (2 * generator.random_sample((processes, 10000)) - 1).astype("float32")
    total = vectors[0].copy()
    for vector in vectors[1:]:
        total += vector
    wide = vectors.astype("float64")
    error = (abs(total - wide.sum(axis=0)) / abs(wide).sum(axis=0)).max()
    assert error <= sums.tolerance(processes, 1)
    total[77] *= np.float32(1 + 1e-5)
    error = (abs(total - wide.sum(axis=0)) / abs(wide).sum(axis=0)).max()
    assert error > sums.tolerance(processes, 1)


@pytest.mark.parametrize(
    ("num_floats", "processes", "milliseconds", "gigabytes"),
    # rows of the published sheets of a Xeon Phi
    [
        (100000, 2, 0.09, 8.88888888888889),
        (100000, 32, 0.31, 41.29032258064517),
        (4194304, 8, 2.74, 48.98457226277372),
        (16777216, 32, 19, 113.02545515789474),
    ],
)
def test_published_rows(
    num_floats: int, processes: int, milliseconds: float, gigabytes: float
) -> None:
    moved = catalogue.declaration("allreduce").moved_bytes
    assert moved is not None
    found = moved({"num_floats": num_floats, "processes": processes})
    assert found / (milliseconds * 1e-3) / 1e9 == pytest.approx(gigabytes, rel=1e-15)


def test_additions_by_hand() -> None:
    declared = catalogue.declaration("allreduce").work
    assert declared is not None
    # three vectors of five numbers: two additions for each number
    assert declared({"num_floats": 5, "processes": 3}) == 10
