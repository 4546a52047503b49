"""PiGemm: general products of matrices, transposed and in batches."""

from typing import Any, List, Mapping

from pis.declaration import Fault, Indicator, Parameter
from pis.parameters import (
    DEVICE,
    LONGEST_INT8,
    PRODUCT_DTYPE,
    TF32_NEEDS_A_GPU,
    extent,
    reps,
)
from pis.work import gemm, product_bytes


def contradictions(parameters: Mapping[str, Any]) -> List[Fault]:
    """Inner products of int8 that are too long for a sum in int32."""
    if parameters["dtype"] == "int8" and parameters["k"] > LONGEST_INT8:
        return [("k", f"the sum of more than {LONGEST_INT8} products of int8 may not fit in int32")]
    return []


INDICATOR = Indicator(
    name="gemm",
    title="PiGemm",
    version="1",
    stability="canary",
    summary="C = op(A) op(B) with m x n results and inner length k, of seeded random data; with a "
    "batch, so many independent products in one call. A transposed operand lies in memory the other "
    "way round, and the library is told so: nothing is rearranged beforehand.",
    parameters=(
        extent("m", 1760, "Rows of the result."),
        extent("n", 128, "Columns of the result."),
        extent("k", 1760, "Length of the inner products."),
        Parameter("transpose_a", "boolean", False, "Whether A lies in memory as k x m."),
        Parameter("transpose_b", "boolean", False, "Whether B lies in memory as n x k."),
        extent("batch", 1, "Products in one call; 1 is a product of two plain matrices."),
        PRODUCT_DTYPE,
        DEVICE,
        reps(),
    ),
    work=lambda parameters: gemm(
        parameters["m"], parameters["n"], parameters["k"], parameters["batch"]
    ),
    formula="2 m n k batch",
    source="pis.work.gemm: DeepBench, which counts the accumulation as well",
    contradictions=contradictions,
    impossible=(TF32_NEEDS_A_GPU,),
    least_bytes=lambda parameters: product_bytes(
        parameters["m"],
        parameters["k"],
        parameters["n"],
        parameters["dtype"],
        parameters["batch"],
    ),
)
