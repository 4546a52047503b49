"""PiStreamTriad: the bandwidth of memory."""

from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, DTYPE, reps
from pis.work import triad, triad_bytes

INDICATOR = Indicator(
    name="stream_triad",
    title="PiStreamTriad",
    version="1",
    stability="canary",
    summary="a = b + 3 c on arrays of seeded random data: the bandwidth is that of b, c and a, once "
    "each, over the time (GB/s, 10^9 bytes). It is the memory's where the arrays are several times "
    "larger than the last cache. NumPy works on one thread; it and ONNX Runtime work block by block, "
    "so that their intermediate stays in the cache.",
    parameters=(
        Parameter(
            "elements",
            "integer",
            10000000,
            "Numbers in each of the three arrays.",
            unit="1",
            minimum=1,
            maximum=2**34,
        ),
        DTYPE._replace(default="float64", choices=("float32", "float64")),
        DEVICE,
        reps(50),
    ),
    work=lambda parameters: triad(parameters["elements"]),
    formula="2 n",
    source="pis.work.triad: STREAM, a multiplication and an addition for each element",
    moved_bytes=lambda parameters: triad_bytes(parameters["elements"], parameters["dtype"]),
)
