from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from dependency_monkey.masks import Masks

NUMBERS = st.lists(st.integers(0, 2), min_size=1, max_size=3).map(lambda n: ".".join(map(str, n)))
ENDINGS = st.sampled_from(
    [
        "",
        "",
        "",
        "a1",
        "rc1",
        ".dev0",
        ".post1",
        ".post0.dev1",
        "a1.dev1",
        "a1.post1",
        ".0.0",
        "+cpu",
    ]
)
EPOCHS = st.sampled_from(["", "", "", "1!"])
VERSIONS = st.tuples(EPOCHS, NUMBERS, ENDINGS).map("".join)
OPERATORS = st.sampled_from([">=", "<=", "<", ">", "==", "!=", "~=", "==="])
ONE = st.tuples(OPERATORS, VERSIONS, st.sampled_from(["", "", ".*"])).map("".join)


def admitted(specifiers: SpecifierSet, versions: list[Version]) -> int:
    return sum(
        1 << place
        for place, version in enumerate(versions)
        if specifiers.contains(version, prereleases=True)
    )


@given(st.lists(VERSIONS, max_size=12), st.lists(ONE, max_size=3))
def test_masks_say_what_packaging_says(texts: list[str], specifiers: list[str]) -> None:
    versions = sorted({Version(text) for text in texts})
    try:
        asked = SpecifierSet(",".join(specifiers))
    except InvalidSpecifier:
        return
    masks = Masks(versions)
    assert masks.of(asked) == admitted(asked, versions)
    assert masks.of(asked, str(asked)) == admitted(asked, versions)


@pytest.mark.parametrize(
    "text", ["<1.2", ">1.2", ">=1.2", "<=1.2", "==1.2", "!=1.2", "~=1.2", "==1.2.*"]
)
def test_the_surroundings_of_a_release(text: str) -> None:
    endings = [".dev1", "a1", "rc1", "", ".0", ".0rc1", ".post1", ".post1.dev2", ".1"]
    versions = sorted(
        {Version(f"1.2{ending}") for ending in endings} | {Version("1.1"), Version("1.10")}
    )
    assert Masks(versions).of(SpecifierSet(text)) == admitted(SpecifierSet(text), versions)


def test_no_versions() -> None:
    assert Masks([]).of(SpecifierSet(">=1")) == 0
