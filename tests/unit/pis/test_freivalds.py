"""The check of a product lets rounding pass and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pis import freivalds, random_data
from pis.workload import Check


def matrices(size: int, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(3)
    return tuple(random_data.uniform(np, generator, (size, size), dtype) for _ in range(2))


def check(a: np.ndarray, b: np.ndarray, c: np.ndarray, arithmetic: str = "float32") -> Check:
    return freivalds.check(
        a,
        b,
        c,
        np.array(freivalds.signs(len(a), 5)),
        arithmetic,
        wide=lambda block: block.astype("float64"),
        join=np.concatenate,
    )


@pytest.mark.parametrize("size", [1, 2, 3, 64, 257])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_right_product_passes(size: int, dtype: str) -> None:
    a, b = matrices(size, dtype)
    found = check(a, b, a @ b, dtype)
    assert found.passed
    assert found.tolerance == (4 * math.sqrt(size) + 8) * freivalds.UNIT_ROUNDOFF[dtype]


@pytest.mark.parametrize("entry", [(0, 0), (17, 200), (255, 255)])
def test_one_wrong_entry_is_seen(entry: tuple[int, int]) -> None:
    a, b = matrices(256)
    c = a @ b
    c[entry] = 0.5 * c[entry] + 1.0
    assert not check(a, b, c).passed


def test_products_of_other_operands_are_seen() -> None:
    a, b = matrices(64)
    for wrong in (b @ a, a @ b.T, a.T @ b, np.zeros_like(a), a @ b * 1.001):
        assert not check(a, b, wrong).passed


def test_precision_of_a_narrower_type_is_seen() -> None:
    a, b = matrices(128)
    narrow = a.astype("float16").astype("float32") @ b.astype("float16").astype("float32")
    assert not check(a, b, narrow).passed
    assert check(a, b, narrow, "tf32").passed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_seen(value: float) -> None:
    a, b = matrices(16)
    c = a @ b
    c[7, 7] = value
    with np.errstate(invalid="ignore"):
        found = check(a, b, c)
    assert not found.passed
    assert found.document()["passed"] is False


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = matrices(50)
    whole = check(a, b, a @ b)
    monkeypatch.setattr(freivalds, "_BLOCK_ELEMENTS", 7 * 50)
    assert check(a, b, a @ b).maximum_error == pytest.approx(whole.maximum_error, rel=1e-6)


def test_signs_are_seeded() -> None:
    assert freivalds.signs(20, 1) == freivalds.signs(20, 1)
    assert freivalds.signs(20, 1) != freivalds.signs(20, 2)
    assert {abs(value) for row in freivalds.signs(20, 1) for value in row} == {1.0}
    assert [row[-1] for row in freivalds.signs(3, 1)] == [1.0, 1.0, 1.0]


def test_sums_of_integers_are_exact() -> None:
    generator = np.random.RandomState(4)
    a, b = (generator.randint(-127, 128, shape).astype("int8") for shape in ((9, 70), (70, 9)))
    c = a.astype("int32") @ b.astype("int32")
    found = check(a, b, c, "int8")
    assert (found.passed, found.maximum_error, found.tolerance) == (True, 0.0, 0.0)
    c[8, 7] += 1
    assert not check(a, b, c, "int8").passed
