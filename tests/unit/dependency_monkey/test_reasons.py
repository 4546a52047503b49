from __future__ import annotations

import pytest

from dependency_monkey import reasons
from dependency_monkey.reasons import short_reason
from dependency_monkey.sharing import fix_compared, share
from tests.support.package_universe import Index, MadeUpResolver

FIXED = {"tensorflow-cpu": "2.12.1"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            (
                "Because tensorflow-cpu>=2.12.0rc0,<=2.12.0 depends on numpy>=1.22,<1.24 and "
                "tensorflow-cpu==2.12.1 depends on numpy>=1.22,<=1.24.3, we can conclude that ..."
            ),
            "tensorflow-cpu 2.12.1 requires numpy>=1.22,<=1.24.3",
        ),
        (
            "Because jaxlib==0.4.30 depends on numpy>=1.22,<2 and you require numpy==2.1.3.",
            "jaxlib 0.4.30 requires numpy>=1.22,<2",
        ),
        (
            (
                "Because optree==1 depends on typing-extensions>=4 and tensorflow-cpu==2.12.1 "
                "depends on numpy>=1, we can conclude that your requirements are unsatisfiable."
            ),
            None,
        ),
    ],
)
def test_the_requirement_that_excludes_the_version_is_the_reason(
    said: str, expected: str | None
) -> None:
    assert short_reason(said, "numpy", "2.1.3", FIXED) == (expected or said)


def test_a_long_derivation_is_cut_between_words() -> None:
    cut = short_reason("Because " + "reason " * 100, "numpy", "1", {})
    assert len(cut) <= 244
    assert cut.endswith("reason ...")


def test_each_pin_that_is_not_shared_has_its_reason() -> None:
    index: Index = {
        "frame": {"1": ("num<3", "old"), "2": ("num>=3",)},
        "num": {"2": (), "3": ()},
        "old": {"1": ()},
    }
    resolver = MadeUpResolver(index)
    a, b, pair = fix_compared(resolver, ["frame==1"], ["frame==2"])
    found = reasons.reasons(resolver, a, b, share(resolver, a, b, pair))
    assert found["frame"] == reasons.COMPARED
    assert found["old"] == "only A needs it"
    assert "do not go together" in found["num"]


def test_what_both_admit_alone_but_not_together_is_said_so() -> None:
    index: Index = {
        "frame": {"1": ("x", "y"), "2": ("x", "y<2")},
        "x": {"1": ("y<2",), "2": ("y>=2",), "3": ("y<2",)},
        "y": {"1": (), "2": ()},
    }
    resolver = MadeUpResolver(index)
    a, b, pair = fix_compared(resolver, ["frame==1"], ["frame==2"])
    found = reasons.reasons(resolver, a, b, pair)  # nothing was shared on purpose
    assert set(found) == {"frame", *pair.differing}
