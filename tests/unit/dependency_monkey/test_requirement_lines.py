from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement

from amun_core.python_demand import read_lenient
from dependency_monkey.requirement_lines import RequirementLine, read_line, read_line_for_extra

PIECES = st.sampled_from(
    ["name", "Na-me.x_1", "-", "_", "[a]", "[a, b-c]", "[]", "[ a,b ]", "[a,]", "[a b]", " ", "  ", "(", ")",
     ">=1.2", "<2", "~= 1.4", "==1.*", "!=1.5.0rc1", "===weird", "==1.0+local", ">=1<2", "<1!2", ",", ", ",
     ";", " ; ", "extra == 'x'", "python_version>='3.8'", "and", "or", "(os_name=='nt')", "@", "@ https://f.example/a",
     "\t", "\n", "é", "#", "=", "1"]
)  # fmt: skip


def parts(line: RequirementLine | Requirement) -> tuple[str, frozenset[str], str, str | None]:
    return line.name, frozenset(line.extras), str(line.specifier), line.url


def mended(text: str, line: RequirementLine) -> None:
    """What packaging refuses and is read yet: only its versions were written oddly."""
    assert line.url is None
    versions = text.partition(";")[0].partition(line.name)[2]
    assert read_lenient(versions.rpartition("]")[2].strip(" \t()")) == line.specifier


def same(text: str) -> None:
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        with suppress(InvalidRequirement):
            mended(text, read_line(text))
        return
    found = read_line(text)
    assert parts(found) == parts(expected)
    assert str(found.marker) == str(expected.marker)


def same_for_extra(text: str) -> bool:
    """Whether it is taken for a line of one extra; then it means the same as to packaging."""
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        with suppress(InvalidRequirement):
            line = read_line_for_extra(text)
            if line is not None:
                mended(text, line[0])
        return False
    found = read_line_for_extra(text)
    if found is None:
        return False
    line, extra = found
    assert parts(line) == parts(expected)
    assert line.marker is None
    assert expected.marker is not None
    told = [expected.marker.evaluate({"extra": one}) for one in ("", "other", extra)]
    assert told == [False, False, True]
    return True


FOR_EXTRA = st.sampled_from(
    ["; extra == 'x'", ';extra=="Y_z" ', "; extra == ''", "; extra != 'x'", "; extra == 'x' and os_name == 'nt'",
     "; 'x' == extra", "; extra == 'a b'", "; extra == 'x\""]
)  # fmt: skip


@given(st.lists(PIECES, max_size=5).map("".join), FOR_EXTRA)
def test_lines_for_an_extra_mean_what_they_mean_to_packaging(text: str, marker: str) -> None:
    same_for_extra(text + marker)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("name>=1; extra == 'x'", True), ("name[a] (<2) ;extra=='A.b'", True), ('name; extra == "x"', True),
     ("name", False), ("name; os_name == 'nt'", False), ("name; extra == 'x' or extra == 'y'", False),
     ("name @ https://f.example/a ; extra == 'x'", False), ("name @ https://f.example/a; extra == 'x'", False)],
)  # fmt: skip
def test_lines_for_one_extra_are_told_from_others(text: str, is_one: bool) -> None:
    assert same_for_extra(text) is is_one


@given(st.lists(PIECES, max_size=9).map("".join))
def test_lines_mean_what_they_mean_to_packaging(text: str) -> None:
    same(text)


@pytest.mark.parametrize(
    "text",
    ["name", "name>=1,<2", "name (>=1, <2)", "name( ==1.* )", "name[a,B_c] >=1; extra == 'x'",
     "name ; python_version >= '3' and extra == \"y\"", "name @ https://f.example/a.whl ; extra == 'x'",
     "name>=1.1.0<1.2", "name>=0.13.*", "name (>=1", "name>=1)", "name[a", "name; nonsense", "name>=1,",
     "name,>=1", "name >= 1.0.0-beta", "name==1.0_1", "name 1.0", "name-", "name[a]]", "name;", "name ; ", "name\n", "name>=1\n", "name\n>=1", "name;\nextra == 'x'", "name\t>=1\t"],
)  # fmt: skip
def test_what_stands_in_real_metadata(text: str) -> None:
    same(text)
