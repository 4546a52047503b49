"""The suite of all-reduces: the sum of one vector of each process, given to all of them."""

from typing import Any, Tuple

from pis.suites.deepbench import allreduce_problems, origin, requests, rules, work
from pis.suites.suite import Formula, Phase, Problem, Suite

KERNEL = "allreduce"


def _problem(row: allreduce_problems.Row) -> Problem:
    num_floats, _ = row
    notes: Tuple[Tuple[str, Any], ...] = ()
    if num_floats in allreduce_problems.SLIPS:
        notes = (("num_floats_in_spreadsheet", allreduce_problems.SLIPS[num_floats]),)
    parameters = {"num_floats": num_floats}
    return Problem(
        name=str(num_floats),
        parameters=parameters,
        phases=(Phase(KERNEL, None, request=requests.allreduce(parameters)),),
        bytes=work.allreduce_bytes(num_floats),
        notes=notes,
    )


SUITES = (
    Suite(
        name=origin.name(KERNEL, origin.TRAINING),
        kernel=KERNEL,
        title=origin.title("all-reduces", origin.TRAINING),
        summary="Sum of num_floats 32-bit numbers over p processes, by any deterministic way.",
        reported="Mean of the repeats in ms, of several ways the shortest, and GB/s: "
        "bytes p / time / 1e9. A result names p and what carries the data.",
        precision="32-bit",
        source=origin.source("all_reduce_problems.h"),
        rules=(rules.ALLREDUCE,),
        formulas=(
            Formula("bytes", "4 num_floats", "The vector of one process."),
            Formula(
                "rate",
                "bytes p / t",
                "Grows with p; not what NCCL calls bus bandwidth.",
            ),
        ),
        notes=("The published sheets round 16777217 floats to 16777216.",),
        problems=tuple(_problem(row) for row in allreduce_problems.TRAINING),
        rate_unit="GB/s",
        calibrations=requests.ALLREDUCE_CALIBRATIONS,
    ),
)
