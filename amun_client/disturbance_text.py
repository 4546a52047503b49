"""What disturbed a run, in a word and a figure: `cpu 45 %, steal 2 %`. The whole words are for -v."""

from __future__ import annotations

import re
from collections.abc import Iterable

from amun_core.condition import OTHERS, STOLEN

#: How a sign begins, what it is called in short, and the unit of its figure.
_KINDS = (
    (STOLEN, "steal", " %"),
    (OTHERS, "others", " %"),
    ("work waited for a CPU", "cpu", " %"),
    ("work waited for memory", "memory", " %"),
    ("work waited for a disk", "disk", " %"),
    ("the CPU quota stopped", "quota", "x"),
    ("the frequency of the CPUs fell", "frequency", " MHz"),
    ("the CPU slowed itself for heat", "heat", "x"),
    ("the hottest sensor showed", "hot", " C"),
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def flags(signs: Iterable[str]) -> str:
    """The signs of one run or one block, each kind once with its largest figure; `-` for none.

    A sign that is not known (of a later release) is `other`: its words are shown by -v.
    """
    worst: dict[str, tuple[float, str]] = {}
    for sign in signs:
        name, unit, figure = _flag(sign)
        if name not in worst or figure > worst[name][0]:
            worst[name] = (figure, unit)
    order = [name for _, name, _ in _KINDS]
    known = sorted(worst, key=lambda name: order.index(name) if name in order else len(order))
    return ", ".join(_text(name, *worst[name]) for name in known) or "-"


def _flag(sign: str) -> tuple[str, str, float]:
    """Name, unit and figure: the last one of the sign, a share never above 100 %."""
    for words, name, unit in _KINDS:
        _, found, rest = sign.partition(words)
        if found:
            figures = _FIGURE.findall(rest)
            figure = float(figures[-1]) if figures else 0.0
            return name, unit, min(figure, 100.0) if unit == " %" else figure
    return "other", "", 0.0


def _text(name: str, figure: float, unit: str) -> str:
    return f"{name} {figure:.0f}{unit}" if unit else name
