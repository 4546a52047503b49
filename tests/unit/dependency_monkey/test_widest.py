from __future__ import annotations

import random

from dependency_monkey.widest import Widest
from tests.support.random_universes import satisfiable


def test_no_stack_scores_higher() -> None:
    for one, graph in satisfiable(60):
        source = random.Random(one.seed)
        widest = Widest(one.universe, graph)
        for _ in range(3):
            drawn = source.choice(one.stacks)
            scores = {item: float(source.randint(1, 5)) for item in drawn.items()}

            def total(
                stack: dict[int, int], scores: dict[tuple[int, int], float] = scores
            ) -> float:
                return sum(scores.get(item, 0.0) for item in stack.items())

            found = widest.best(scores)
            assert found in one.stacks
            assert total(found) == max(map(total, one.stacks))


def test_what_is_not_scored_is_as_new_as_can_be() -> None:
    for one, graph in satisfiable(60):
        found = Widest(one.universe, graph).best({})
        for package, version in found.items():
            newer = {**found, package: version + 1}
            assert newer not in one.stacks
