"""PiPeak: the fastest that a framework multiplies matrices here, as a bound for other rates."""

from pis.declaration import Indicator
from pis.parameters import DEVICE, PRODUCT_DTYPE, TF32_NEEDS_A_GPU, extent, reps
from pis.work import gemm

INDICATOR = Indicator(
    name="peak",
    title="PiPeak",
    version="1",
    stability="canary",
    summary="The product of matrices in the shape that is fastest here. Square and oblong shapes are "
    "tried first, small to `largest` and back, each for some calls; those whose call would take over half a "
    "second are left out. The fastest shape is the iteration. `peak_rate` is the work over the "
    "fastest single call of the whole run, trials included: a bound for rates of other indicators, "
    "which are work over a median. It is taken from a real call, so the hardware can do at least "
    "as much; the peak of a host is the largest of several runs.",
    parameters=(
        extent("largest", 4096, "Longest side of the matrices that are tried.", 16),
        PRODUCT_DTYPE,
        DEVICE,
        reps(50),
    ),
    work=lambda parameters: gemm(*[parameters["largest"]] * 3),
    formula="2 m n k of the fastest shape",
    source="pis.work.gemm: DeepBench, which counts the accumulation as well",
    impossible=(TF32_NEEDS_A_GPU,),
)
