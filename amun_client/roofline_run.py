"""The roofline of an indicator by hand: three runs, one after the other, in one interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from amun_client import indicator_run
from amun_client.errors import IndicatorRunError, UsageFaultError
from amun_client.indicator_run import Request
from amun_client.run_noise import relative_spread, shared_signs
from amun_core.errors import InvalidInputError
from amun_core.result import RunResult
from amun_core.roofline import BANDWIDTH, PEAK, Roofline, from_runs

SCHEMA = "amun.roofline/1"
_KINDS = ("rate", "peak", "bandwidth")


@dataclass(frozen=True, slots=True)
class Measured:
    """The roofline and the runs that it comes from: of the indicator, the peak, the triad."""

    roofline: Roofline
    runs: tuple[Mapping[str, Any], ...]

    @property
    def disturbed(self) -> list[list[str]]:
        """What else used the CPUs beside each run."""
        return [shared_signs(run) for run in self.runs]

    @property
    def spreads(self) -> list[float | None]:
        """IQR / median of the iterations of each run."""
        return [relative_spread(run) for run in self.runs]

    def document(self) -> dict[str, Any]:
        """As JSON-ready data; the runs whole, so that all can be computed again."""
        return {
            "schema": SCHEMA,
            **self.roofline.document(),
            "disturbed": dict(zip(_KINDS, self.disturbed, strict=True)),
            "relative_spread": dict(zip(_KINDS, self.spreads, strict=True)),
            "runs": [dict(run) for run in self.runs],
        }


def measure(
    request: Request,
    *,
    tell: Callable[[str], None],
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Run the indicator, the peak and the triad of the same framework; `progress` hears of each."""
    known = {str(one["name"]): one for one in indicator_run.catalogue()}
    request = indicator_run.settled(request)
    if not known[request.name].get("roofline"):
        fit = ", ".join(name for name, one in known.items() if one.get("roofline"))
        raise UsageFaultError(
            f"it is not known how many bytes an iteration of {request.name} moves",
            hint=f"known for: {fit}",
        )
    for needed in (PEAK, BANDWIDTH):
        if request.framework not in known[needed]["frameworks"]:
            raise UsageFaultError(
                f"{request.framework} has no {needed}, which bounds the rate",
                hint=f"there are: {', '.join(known[needed]['frameworks'])}",
            )
    progress(f"run 1 of 3: {request.name}")
    run = _completed(request, tell)
    same = {
        name: value for name, value in run["@parameters"].items() if name in ("dtype", "device")
    }
    progress(f"run 2 of 3: {PEAK}, the fastest that the arithmetic can be")
    peak = _completed(replace(request, name=PEAK, parameters=same), tell)
    device = {name: value for name, value in same.items() if name == "device"}
    progress(f"run 3 of 3: {BANDWIDTH}, the bandwidth of memory")
    triad = _completed(replace(request, name=BANDWIDTH, parameters=device), tell)
    runs = (run, peak, triad)
    try:
        roofline = from_runs(*(RunResult.model_validate(one) for one in runs))
    except (InvalidInputError, ValueError) as error:
        raise IndicatorRunError(f"the runs give no roofline: {error}") from None
    return Measured(roofline, runs)


def _completed(request: Request, tell: Callable[[str], None]) -> dict[str, Any]:
    result = indicator_run.run(request, tell=tell)
    if failure := result.get("failure"):
        raise IndicatorRunError(f"{request.name}: {failure['reason']}: {failure['message']}")
    return result
