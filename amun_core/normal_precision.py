"""Which inspections stop by themselves, and how precise they shall be.

With `precision`, or on v1 where an indicator is asked for and neither runs nor precision is given,
runs are added until the interval is narrow enough. A number of runs alone means exactly that number,
as it does for the prior system's clients in every case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from amun_core.intake import Intake, shown
from amun_core.specification import DEFAULT_RUNS, FEWEST_ADAPTIVE_RUNS

#: The parameter by which a user fixes the number of iterations.
ITERATIONS_PARAMETER = "reps"


def mend_precision(fields: dict[str, Any], surface: str, given: Collection[str] | None) -> None:
    """Write down what was left to the service; later readings of the document then find it there.

    `given` names the parameters that the user wrote, where defaults were filled in since.
    """
    names_runs = "runs" in fields or "batch_size" in fields
    indicator = fields.get("indicator")
    if "precision" not in fields:
        if surface != "v1" or names_runs or not isinstance(indicator, dict):
            return
        fields["precision"] = {}
    precision = fields["precision"]
    if not isinstance(precision, dict):
        return
    if given is None:
        parameters = indicator.get("parameters") if isinstance(indicator, dict) else None
        given = parameters if isinstance(parameters, dict) else ()
    if "adapt_iterations" not in precision:
        free = isinstance(indicator, dict) and ITERATIONS_PARAMETER not in given
        fields["precision"] = {**precision, "adapt_iterations": free}
    if not names_runs:
        fields["runs"] = DEFAULT_RUNS


def check_precision(fields: Mapping[str, Any], intake: Intake) -> None:
    """Faults between the precision and the number of runs."""
    precision, runs = fields.get("precision"), fields.get("runs")
    if not isinstance(precision, dict):
        return
    if "indicator" not in fields and "script" not in fields:
        intake.fault("/precision", "nothing is run: there is neither an indicator nor a script")
    if type(runs) is not int:
        return
    if runs < FEWEST_ADAPTIVE_RUNS:
        intake.fault(
            "/runs",
            f"with precision, runs is the fewest that are made: at least {FEWEST_ADAPTIVE_RUNS}, "
            f"not {shown(runs)}",
            "leave out precision for exactly so many runs",
        )
    most = precision.get("maximum_runs")
    if type(most) is int and FEWEST_ADAPTIVE_RUNS <= most < runs:
        intake.fault("/precision/maximum_runs", f"{most} are fewer than the {runs} runs asked for")
