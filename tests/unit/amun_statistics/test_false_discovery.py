from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amun_statistics.false_discovery import benjamini_hochberg

P_VALUES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)

# Benjamini and Hochberg 1995, section 3.2: fifteen hypotheses, four rejected at 5 %.
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
             0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip


def test_the_example_of_the_paper() -> None:
    adjusted = benjamini_hochberg(PUBLISHED)
    assert [value <= 0.05 for value in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[0] == pytest.approx(0.0001 * 15)


def test_the_order_is_kept() -> None:
    assert benjamini_hochberg([0.5, 0.01]) == pytest.approx([0.5, 0.02])
    assert benjamini_hochberg([]) == []
    assert benjamini_hochberg([0.2]) == [0.2]


@given(p_values=P_VALUES)
def test_adjusting_agrees_with_the_step_up_procedure(p_values: list[float]) -> None:
    adjusted = benjamini_hochberg(p_values)
    n, q = len(p_values), 0.1
    ranked = sorted(p_values)
    last = max((p for rank, p in enumerate(ranked, 1) if p <= q * rank / n), default=-1.0)
    for p, value in zip(p_values, adjusted, strict=True):
        assert p <= value <= 1.0
        if abs(value - q) > 1e-9:
            assert (value <= q) == (p <= last)


def test_what_is_no_p_value() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.1, 1.5])
