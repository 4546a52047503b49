"""What a comparison says, in one sentence. Three words carry it; none claims what the interval does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amun_client.comparison.condition import condition_text
from amun_core.comparison import ComparisonState

Document = Mapping[str, Any]


def ratio_text(ratio: float) -> str:
    """`1.032`."""
    return f"{ratio:.3f}" if abs(ratio) < 1e6 else f"{ratio:.4g}"


def interval_text(low: float | None, high: float | None) -> str:
    """`[1.021, 1.043]`, or that there is none."""
    if low is None or high is None:
        return "(too few blocks for an interval)"
    return f"[{ratio_text(low)}, {ratio_text(high)}]"


def change_text(ratio: float) -> str:
    """`+3.2 %`."""
    return f"{100 * (ratio - 1):+.1f} %"


def band_text(band: float) -> str:
    """`2 %`."""
    return f"{100 * band:.3g} %"


def names(comparison: Document) -> tuple[str, str]:
    """How the arms are called; a letter where both have the same name."""
    a, b = str(comparison["a"]["name"]), str(comparison["b"]["name"])
    return (a, b) if a != b else (f"A ({a})", f"B ({b})")


def evidence_text(comparison: Document) -> str:
    """`24 blocks`, or that stored runs were judged."""
    if comparison["design"] == "stored":
        return "from stored runs, not interleaved"
    count, every = comparison.get("counted_blocks", comparison["blocks"]), comparison["blocks"]
    if count != every:
        return f"{count} quiet of {every} blocks"
    return f"{count} block" if count == 1 else f"{count} blocks"


def sentence(comparison: Document) -> str:
    """The verdict, or where the comparison is instead."""
    if comparison["state"] != ComparisonState.SUCCEEDED:
        return _without_verdict(comparison)
    if comparison["kind"] == "calibration":
        return _calibrated(comparison)
    a, b = names(comparison)
    verdict, ratio = comparison["verdict"], comparison["ratio"]
    if verdict == "not_comparable":
        return f"not comparable: {_differences(comparison)}"
    if ratio is None:
        return _unmeasured(comparison, f"{a} and {b}")
    return condition_text(comparison, _judged(comparison, a, b))


def _unmeasured(comparison: Document, what: str) -> str:
    if comparison["ended_because"] == "busy":
        return (
            f"not measured: host busy: {what} got no quiet block while it was waited for quiet "
            f"({comparison['shared_blocks']} blocks beside other work)"
        )
    return f"nothing was measured of {what}"


def _judged(comparison: Document, a: str, b: str) -> str:
    verdict, ratio = comparison["verdict"], comparison["ratio"]
    low, high = comparison["low"], comparison["high"]
    sure = _sure(comparison)
    if verdict == "slower":
        return f"{b} is {ratio_text(ratio)}x slower than {a} {interval_text(low, high)} {sure}"
    if verdict == "faster":
        turned = interval_text(1 / high, 1 / low)
        return f"{b} is {ratio_text(1 / ratio)}x faster than {a} {turned} {sure}"
    if verdict == "equivalent":
        return (
            f"{a} and {b} are equivalent within {band_text(comparison['band'])}: "
            f"ratio {ratio_text(ratio)} {interval_text(low, high)} {sure}"
        )
    return _inconclusive(comparison, sure)


def _sure(comparison: Document) -> str:
    """`(95 %), 24 blocks`; without an interval there is nothing to be sure of."""
    if comparison["low"] is None:
        return evidence_text(comparison)
    return f"({100 * comparison['confidence']:.3g} %), {evidence_text(comparison)}"


def _inconclusive(comparison: Document, sure: str) -> str:
    a, b = names(comparison)
    direction = comparison["direction"]
    leaning = f", direction {direction}" if direction else ""
    text = (
        f"inconclusive{leaning}: time of {b} / time of {a} is {ratio_text(comparison['ratio'])} "
        f"{interval_text(comparison['low'], comparison['high'])} {sure}"
    )
    needed = comparison["blocks_to_decide"]
    return f"{text}: about {needed} blocks would decide" if needed else text


def _differences(comparison: Document) -> str:
    because = [
        f"{one['what']} {_differ(one['what'])} (A: {one['a']}, B: {one['b']})"
        for one in comparison["not_comparable_because"] or ()
    ]
    return "; ".join(because) or "the two were not measured under the same conditions"


def _differ(what: str) -> str:
    """`parameters differ`, `CPU differs`."""
    return "differ" if what.endswith("s") and not what.endswith("ss") else "differs"


def _without_verdict(comparison: Document) -> str:
    state = comparison["state"]
    a, b = names(comparison)
    what = f"{comparison['kind']} of {a} and {b}"
    if comparison["kind"] == "calibration":
        what = f"calibration with {comparison['a']['name']}"
    if state not in {ComparisonState.FAILED, ComparisonState.CRASHED, ComparisonState.CANCELLED}:
        return f"{state}: the {what}, {evidence_text(comparison)} so far"
    failures = [
        f"{comparison[arm]['name']}: {failure['message']}"
        for arm in ("a", "b")
        if (failure := comparison[arm].get("failure"))
    ]
    text = f"the {what} {'was cancelled' if state == ComparisonState.CANCELLED else state}"
    return f"{text}: {'; '.join(failures)}" if failures else text


def _calibrated(comparison: Document) -> str:
    result = comparison["calibration_result"]
    if result is None:
        return f"calibrated with {comparison['a']['name']}, but there is no figure"
    return (
        f"on this host {percent(result['false_verdict_rate'])} of the comparisons of equal stacks "
        f"end slower or faster (at most {percent(result['false_verdict_upper'])}); "
        f"the least effect it detects is {effect_text(result)}"
    )


def percent(share: float | None) -> str:
    """`0.83 %`."""
    return "unknown" if share is None else f"{100 * share:.2g} %"


def effect_text(calibration: Document) -> str:
    """`1.034x`, or that it cannot be told."""
    effect = calibration["least_detectable_effect"]
    return "not known" if effect is None else f"{ratio_text(effect)}x"
