from __future__ import annotations

from amun_statistics.design import Outcome, _line, simulate


def test_without_noise_every_answer_is_certain_at_the_first_look() -> None:
    slower = simulate(1.05, "normal", 5, spread=1e-6)
    equal = simulate(1.0, "normal", 5, spread=1e-6)
    faster = simulate(1 / 1.05, "normal", 5, spread=1e-6)
    assert (slower.slower, slower.faster, slower.equivalent) == (1.0, 0.0, 0.0)
    assert (equal.slower, equal.faster, equal.equivalent) == (0.0, 0.0, 1.0)
    assert (faster.slower, faster.faster, faster.equivalent) == (0.0, 1.0, 0.0)
    assert (slower.blocks_mean, slower.blocks_p90, slower.given_up) == (10.0, 10.0, 0.0)


def test_giving_up_stops_what_is_hopeless() -> None:
    stubborn = simulate(1.0, "normal", 20, spread=2.0, give_up=False)
    wise = simulate(1.0, "normal", 20, spread=2.0)
    assert stubborn.given_up == 0.0
    assert stubborn.blocks_mean > 100
    assert wise.given_up >= 0.6
    assert wise.equivalent == 0.0
    assert wise.blocks_mean < 90


def test_the_printed_line() -> None:
    row = Outcome(1.05, "normal", 0.056, True, 100, 0.99, 0.0, 0.0, 0.01, 38.2, 80.0, 0.993)
    assert _line(row).split() == [
        "1.050", "normal", "0.056", "yes", "99.00", "0.00", "0.0", "1.0", "38", "/", "80", "99.3",
    ]  # fmt: skip
