"""In how many valid stacks each version is, and how many stacks lie near a given one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from dependency_monkey.graph import And, Graph, Leaf
from dependency_monkey.optima import Scored, best_first
from dependency_monkey.universe import bits


def marginals(graph: Graph) -> dict[tuple[int, int], int]:
    """(package, version) -> the number of valid stacks that contain it, exactly.

    One pass downwards: how many ways around a node there are, times the ways down from it.
    """
    around = [0] * len(graph.nodes)
    around[graph.root] = 1
    found: dict[tuple[int, int], int] = {}
    for number in range(graph.root, -1, -1):
        ways, node = around[number], graph.nodes[number]
        if not ways:
            continue
        if isinstance(node, Leaf):
            for version in bits(node.mask):
                key = node.package, version
                found[key] = found.get(key, 0) + ways
        elif isinstance(node, And):
            for index, part in enumerate(node.parts):
                others = prod(
                    graph.counts[other] for place, other in enumerate(node.parts) if place != index
                )
                around[part] += ways * others
        else:
            for branch in node.branches:
                around[branch] += ways
    return found


def differences(graph: Graph, given: Mapping[int, int]) -> dict[int, int]:
    """Number of names that differ from `given` -> number of stacks; absence is a value.

    Each node carries a polynomial: the coefficient of x^d counts the ways that differ d times more
    than a stack without any of its packages would.
    """
    polynomials: list[dict[int, int]] = []
    for node in graph.nodes:
        if isinstance(node, Leaf):
            total = node.mask.bit_count()
            wanted = given.get(node.package)
            if wanted is None:
                polynomials.append({1: total})
                continue
            same = node.mask >> wanted & 1
            polynomials.append({key: n for key, n in ((-1, same), (0, total - same)) if n})
        elif isinstance(node, And):
            product = {0: 1}
            for part in node.parts:
                product = _times(product, polynomials[part])
            polynomials.append(product)
        else:
            sums: dict[int, int] = {}
            for branch in node.branches:
                for key, n in polynomials[branch].items():
                    sums[key] = sums.get(key, 0) + n
            polynomials.append(sums)
    absent = len(given)  # a stack without any of the names differs in all of them
    return {absent + key: n for key, n in sorted(polynomials[graph.root].items())}


def nearest(graph: Graph, given: Mapping[int, int], most: int) -> Iterator[Scored]:
    """Every stack that differs from `given` in at most `most` names, the nearest first.

    The score is the number of differing names.
    """

    def score(package: int, version: int) -> float:
        if package not in given:
            return -1.0
        return 1.0 if given[package] == version else 0.0

    for one in best_first(graph, score):
        differing = len(given) - one.score
        if differing > most:
            return
        yield Scored(one.choice, differing)


def _times(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    product: dict[int, int] = {}
    for a, n in first.items():
        for b, m in second.items():
            product[a + b] = product.get(a + b, 0) + n * m
    return product
