from __future__ import annotations

import pytest

from amun_client.stack.text import (
    best_line,
    closing_line,
    count_rows,
    cover_line,
    headline,
    left_out_text,
    marginal_table,
    nearest_line,
    number,
)

DOCUMENT = {
    "count": "1284117",
    "combinations": "93312000",
    "packages": 7,
    "versions": 218,
    "environment": {"python_version": "3.11.7", "architecture": "x86_64", "libc": "glibc 2.36"},
    "snapshot": {"digest": "0123456789abcdef" * 4, "taken_at": "2026-01-02T03:04:05.678+00:00"},
    "left_out": {"total": 3, "counts": {"sdist_only": 2, "yanked": 1}, "versions": []},
    "figures": {"requests": 228, "bytes": 3 * 1024**2, "reading_s": 1.23, "compiling_s": 0.0041},
}


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("0", "0"),
        ("74244834", "74 244 834"),
        ("123456789012345", "123 456 789 012 345"),
        ("1234567890123456", "1.235e15"),
        ("9999999999999999", "1.000e16"),
        ("17" + "0" * 400, "1.700e401"),
    ],
)
def test_numbers_of_any_size(digits: str, text: str) -> None:
    assert number(digits) == text


def test_the_headline_says_that_the_count_is_exact() -> None:
    assert headline(DOCUMENT) == "1 284 117 valid stacks (exact) of 93 312 000 combinations"
    one = {"count": "1", "combinations": "1"}
    assert headline(one) == "1 valid stack (exact) of 1 combination"


def test_what_the_count_is_for() -> None:
    assert count_rows(DOCUMENT) == [
        ("packages", "7 with 218 versions"),
        ("environment", "Python 3.11.7, x86_64, glibc 2.36"),
        ("left out", "3 versions: 2 without a wheel, 1 yanked"),
        ("snapshot", "0123456789, taken 2026-01-02T03:04:05Z"),
    ]
    digits = "4" * 50
    assert count_rows({**DOCUMENT, "count": digits})[0] == ("count", digits)
    assert left_out_text({"total": 0, "counts": {}}) == "nothing"


def test_the_closing_line() -> None:
    assert closing_line(DOCUMENT) == (
        "read 7 packages with 218 versions in 1.2 s (228 requests, 3.00 MiB), compiled in 4.1 ms"
    )
    figures = {"requests": 0, "bytes": 0, "reading_s": 0.5}
    assert closing_line({**DOCUMENT, "figures": figures}).endswith("(0 requests, 0 B)")


def test_marginals_of_counts_beyond_floats() -> None:
    count = "8" + "0" * 400
    by = {"x": {"1.0": "2" + "0" * 400, "2.0": "6" + "0" * 400}}
    header, rows, right = marginal_table({"count": count, "by": by})
    assert header == ["package", "version", "stacks", "share"]
    assert rows == [["x", "2.0", "6.000e400", "75.0 %"], ["x", "1.0", "2.000e400", "25.0 %"]]
    assert right == [2, 3]


def test_the_best_is_proven_or_bounded() -> None:
    best = {**DOCUMENT, "objective": "newest", "proven": True, "gap": 0.0}
    assert best_line(best).startswith("the newest, what was named first, proven, of 1 284 117")
    bounded = {**best, "objective": "scores", "proven": False, "gap": 2.5}
    assert best_line(bounded).startswith("the best by scores, by 2.5 better at most: not proven")


def test_the_nearest_by_distance() -> None:
    document = {"within": "49", "distances": {"0": "1", "1": "48", "2": "900"}}
    assert nearest_line(document, 1) == (
        "stacks by the number of names that differ: 1 in 0, 48 in 1"
    )
    document = {"within": "0", "distances": {"3": "1", "10": "48"}}
    assert nearest_line(document, 2) == "the nearest stacks differ in 3 names, 2 are allowed"


def test_a_cover_says_how_few_would_do() -> None:
    document = {"strength": 1, "size": 4, "elements": 8, "lower_bound": 4, "proven": True}
    assert cover_line(document) == "4 stacks contain all 8 versions; no fewer can"
    document |= {"strength": 2, "lower_bound": 3, "proven": False}
    assert cover_line(document).endswith("all 8 pairs of versions; at least 3 are needed")
