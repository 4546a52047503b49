"""The roofline: how fast an iteration could be, by what the arithmetic and the memory allow.

Attainable rate = min(peak, intensity x bandwidth); the intensity is the operations of an iteration
over the bytes that it must move, each operand once. Source: S. Williams, A. Waterman, D. Patterson,
Roofline: an insightful visual performance model for multicore architectures, 2009.

Peak and bandwidth are measured, by the same stack on the same host: what the fastest call reached.
So they are what the host can do at least. Data that stays in a cache is not bound by the memory:
for it a rate above the memory's bound is no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from amun_core.errors import Fault, InvalidInputError
from amun_core.result import RunResult

#: The indicators whose runs give the two bounds.
PEAK, BANDWIDTH = "peak", "stream_triad"
PEAK_RATE = "peak_rate"


@dataclass(frozen=True, slots=True)
class Roofline:
    """Rates in GFLOPS, bandwidth in GB/s, intensity in FLOP per byte."""

    rate: float
    peak: float
    bandwidth: float
    intensity: float

    def __post_init__(self) -> None:
        for name in ("rate", "peak", "bandwidth", "intensity"):
            if not 0 < getattr(self, name) < float("inf"):
                raise _invalid(name, f"{name} is {getattr(self, name)}, not a number above 0")

    @property
    def attainable(self) -> float:
        """The lower of the two bounds, GFLOPS."""
        return min(self.peak, self.intensity * self.bandwidth)

    @property
    def bound(self) -> Literal["arithmetic", "memory"]:
        """Which of the two is the lower."""
        return "arithmetic" if self.peak <= self.intensity * self.bandwidth else "memory"

    @property
    def of_peak(self) -> float:
        """The rate as a share of the measured peak."""
        return self.rate / self.peak

    @property
    def of_attainable(self) -> float:
        """The rate as a share of what the roofline allows."""
        return self.rate / self.attainable

    def document(self) -> dict[str, Any]:
        """As JSON-ready data, units in the names."""
        return {
            "rate_gflops": self.rate,
            "peak_gflops": self.peak,
            "bandwidth_gb_per_s": self.bandwidth,
            "intensity_flop_per_byte": self.intensity,
            "attainable_gflops": self.attainable,
            "bound": self.bound,
            "share_of_peak": self.of_peak,
            "share_of_attainable": self.of_attainable,
        }


def from_runs(run: RunResult, peak: RunResult, triad: RunResult) -> Roofline:
    """The roofline of a run. InvalidInputError where the three do not belong together."""
    for parameter in ("dtype", "device"):
        values = {str(one.parameters.get(parameter)) for one in (run, peak)}
        if len(values) > 1:
            raise _invalid(parameter, f"run and peak differ in {parameter}: {sorted(values)}")
    work = run.work
    if work is None or not work.flops_per_iteration or not work.least_bytes_per_iteration:
        raise _invalid("work", "it is not known how many bytes this run had to move")
    return Roofline(
        rate=run.series.rate_gflops or 0.0,
        peak=_number(peak.result, PEAK_RATE),
        bandwidth=_fastest_bandwidth(triad),
        intensity=work.flops_per_iteration / work.least_bytes_per_iteration,
    )


def _fastest_bandwidth(triad: RunResult) -> float:
    """GB/s of the fastest iteration: a bound, as the peak is one."""
    seconds = min(triad.samples.values, default=0.0)
    moved = triad.work.bytes_per_iteration if triad.work else None
    if not moved or not seconds:
        raise _invalid("bandwidth", "the run of the triad tells no bytes or no time")
    return moved / seconds / 1e9


def _number(result: Mapping[str, Any], name: str) -> float:
    found = result.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _invalid(name, f"the run tells no {name}")
    return float(found)


def _invalid(field: str, message: str) -> InvalidInputError:
    return InvalidInputError(message, faults=(Fault(f"/{field}", message),))
