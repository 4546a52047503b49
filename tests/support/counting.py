"""A number that counts the operations made with it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Counter:
    """How many operations were made with the numbers of one count."""

    products: int = 0
    sums: int = 0

    @property
    def operations(self) -> int:
        return self.products + self.sums


@dataclass
class Number:
    """A value; what is made with it is counted."""

    value: float
    counter: Counter = field(repr=False)

    def __mul__(self, other: Number) -> Number:
        self.counter.products += 1
        return Number(self.value * other.value, self.counter)

    def __add__(self, other: Number) -> Number:
        self.counter.sums += 1
        return Number(self.value + other.value, self.counter)

    def __sub__(self, other: Number) -> Number:
        self.counter.sums += 1
        return Number(self.value - other.value, self.counter)
