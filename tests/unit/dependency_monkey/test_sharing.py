from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dependency_monkey.errors import UnresolvableError
from dependency_monkey.resolver import Resolution
from dependency_monkey.sharing import Pair, Side, compared, fix_compared, highest_common, share
from tests.support.package_universe import Index, MadeUpResolver

FRAMES: Index = {
    "frame": {
        "1": ("num<3", "wrap<2", "text"),
        "2": ("num>=3", "wrap", "text>=2"),
    },
    "num": {"1": (), "2": (), "3": (), "4": ()},
    "wrap": {"1": (), "2": ()},
    "text": {"1": (), "2": (), "3": ("num>=3",)},
}


def shared(index: Index, a: list[str], b: list[str]) -> tuple[Side, Side, Pair]:
    resolver = MadeUpResolver(index)
    side_a, side_b, pair = fix_compared(resolver, a, b)
    return side_a, side_b, share(resolver, side_a, side_b, pair)


def test_every_pin_is_shared_that_both_admit() -> None:
    _, _, pair = shared(FRAMES, ["frame==1"], ["frame==2"])
    assert pair.a == {"frame": "1", "num": "2", "text": "2", "wrap": "1"}
    assert pair.b == {"frame": "2", "num": "4", "text": "2", "wrap": "1"}
    assert pair.differing == ["frame", "num"]


def test_what_is_compared_stays_the_newest_of_its_requirement() -> None:
    index: Index = {
        "frame": {"1.0": ("text",), "1.1": ("text<2",), "2.0": ("text>=2",)},
        "text": {"1": (), "2": ()},
    }
    _, _, pair = shared(index, ["frame==1.*"], ["frame==2.*"])
    # with frame 1.0 the text could be shared, but then something else would be compared
    assert (pair.a["frame"], pair.b["frame"]) == ("1.1", "2.0")
    assert pair.differing == ["frame", "text"]


def test_a_version_that_neither_prefers_is_found_by_going_down() -> None:
    index: Index = {
        "frame": {"1": ("text!=3,!=5",), "2": ("text!=2,!=4,!=6",)},
        "text": {str(number): () for number in range(1, 7)},
    }
    _, _, pair = shared(index, ["frame==1"], ["frame==2"])
    assert pair.shared == {"text": "1"}


def test_sharing_one_pin_is_not_bought_with_two_others() -> None:
    index: Index = {
        "frame": {"1": ("x", "y", "z"), "2": ("x", "y", "z")},
        "x": {"1": ("y<2", "z<2"), "2": ()},
        "y": {"1": (), "2": ()},
        "z": {"1": (), "2": ()},
    }
    _, _, pair = shared(index, ["frame==1"], ["frame==2"])
    assert pair.shared == {"x": "2", "y": "2", "z": "2"}


def test_requirements_that_both_have_are_not_fixed() -> None:
    assert compared(["a==1", "B>=2,<3"], ["a==2", "b<3,>=2"]) == {"a"}
    assert compared(["a[x]"], ["a"]) == {"a"}
    assert compared(["a"], ["a", "b"]) == {"b"}


def test_a_package_that_one_side_asks_for_is_fixed_there_alone() -> None:
    a, b, _ = shared(FRAMES, ["frame==1", "num"], ["frame==1"])
    assert a.fixed == {"num": "2"}
    assert b.fixed == {}


def test_no_stack_is_said_of_the_side_that_has_none() -> None:
    with pytest.raises(UnresolvableError, match=r"no stack fulfils B \(frame==9\)"):
        shared(FRAMES, ["frame==1"], ["frame==9"])


VERSIONS = st.sampled_from(["1", "2", "3", "4"])
SPECIFIERS = st.builds(
    lambda name, operator, version: f"{name}{operator}{version}",
    st.sampled_from(["x", "y", "z"]),
    st.sampled_from(["<=", ">=", "!=", "=="]),
    VERSIONS,
)
REQUIREMENTS = st.lists(SPECIFIERS, max_size=3).map(tuple)
UNIVERSES = st.fixed_dictionaries(
    {
        "frame": st.fixed_dictionaries({"1": REQUIREMENTS, "2": REQUIREMENTS}),
        **{
            name: st.dictionaries(VERSIONS, st.just(()), min_size=1, max_size=4)
            for name in ("y", "z")
        },
        "x": st.dictionaries(VERSIONS, st.lists(SPECIFIERS, max_size=1).map(tuple), min_size=1),
    }
)


@given(UNIVERSES)
@settings(max_examples=150)
def test_the_claims_hold_in_any_universe(index: Index) -> None:
    resolver = MadeUpResolver(index)
    try:
        a, b, newest = fix_compared(resolver, ["frame==1"], ["frame==2"])
    except UnresolvableError:
        return
    pair = share(resolver, a, b, newest)
    assert not newest.better_than(pair)
    for side, pins in ((a, pair.a), (b, pair.b)):
        # each is a stack: it resolves to itself, and the compared version is the newest
        assert side.fixed["frame"] == pins["frame"]
        answer = side.ask(resolver, agreed=pins)
        assert isinstance(answer, Resolution)
        assert answer.pins == pins
    for name in set(pair.differing) - {"frame"}:
        common = [
            version
            for version in index[name]
            if all(
                isinstance(
                    side.ask(resolver, agreed={**pair.agreed, name: version}, limit=name),
                    Resolution,
                )
                for side in (a, b)
            )
        ]
        assert (highest_common(resolver, a, b, name, pair.agreed) is None) == (common == [])
