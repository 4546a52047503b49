from __future__ import annotations

from dependency_monkey.graph import And, Graph, Leaf, Or, counts_of, depth_of


def test_numbers_multiply_at_an_and_and_add_at_an_or() -> None:
    nodes = (Leaf(0, 0b111), Leaf(1, 0b11), And((0, 1)), Leaf(2, 0b1), Or((2, 3)))
    assert counts_of(nodes) == (3, 2, 6, 1, 7)
    assert Graph(nodes, 4, counts_of(nodes)).count == 7


def test_nothing_overflows() -> None:
    nodes = (*(Leaf(one, (1 << 50) - 1) for one in range(40)), And(tuple(range(40))))
    assert counts_of(nodes)[-1] == 50**40


def test_the_depth_is_that_of_the_longest_way_down() -> None:
    nodes = (Leaf(0, 0b1), Leaf(1, 0b1), And((0, 1)), Leaf(2, 0b1), Or((2, 3)), Leaf(3, 0b1))
    assert depth_of(Graph(nodes, 4, counts_of(nodes))) == 3
    assert depth_of(Graph(nodes, 5, counts_of(nodes))) == 1
