"""PiAllreduce: the sum of one vector of each process, given to all of them."""

from pis.declaration import Indicator, Parameter
from pis.parameters import reps
from pis.work import reduction, reduction_bytes

INDICATOR = Indicator(
    name="allreduce",
    title="PiAllreduce",
    version="1",
    stability="canary",
    summary="Sum of `num_floats` float32 numbers of each of p processes on this machine, which all of "
    "them get. The run starts the processes and ends them; the first of them has the clock, the "
    "others wait for it before each iteration. `bandwidth` is that of DeepBench, 4 num_floats p over "
    "the time (GB/s): it grows with p and is not what a link carries. The result names the transport.",
    parameters=(
        Parameter(
            "num_floats",
            "integer",
            100000,
            "Numbers in the vector of each process.",
            unit="1",
            minimum=1,
            maximum=2**28,
        ),
        Parameter(
            "processes",
            "integer",
            2,
            "How many take part, the one with the clock among them.",
            unit="1",
            minimum=2,
            maximum=64,
        ),
        reps(),
    ),
    work=lambda parameters: reduction(parameters["num_floats"], parameters["processes"]),
    formula="(p - 1) n",
    source="pis.work.reduction: additions of the definition, however they are spread",
    moved_bytes=lambda parameters: reduction_bytes(
        parameters["num_floats"], parameters["processes"]
    ),
)
