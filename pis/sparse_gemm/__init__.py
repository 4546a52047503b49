"""PiSparseGemm: a sparse matrix times a dense one."""

from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, DTYPE, extent, reps
from pis.sparse_gemm.operands import expected_nonzeros
from pis.work import sparse_product

INDICATOR = Indicator(
    name="sparse_gemm",
    title="PiSparseGemm",
    version="1",
    stability="canary",
    summary="C = A B with a sparse A (m x k, compressed rows) and a dense B (k x n; n=1 is a product "
    "with a vector). A is made of random numbers from 0 to 1, of which those below `sparsity` become "
    "zero. `rate` counts the entries that are left. `dense_elapsed` (ms) is the median of the dense "
    "product of the same numbers in the same run, `speedup` how many times longer it takes. "
    "`sheet_rate` divides 2 m n k sparsity by the time, as DeepBench's sheets do: it counts zeros.",
    parameters=(
        extent("m", 7680, "Rows of the result."),
        extent("n", 1, "Columns of the result; 1 is a vector."),
        extent("k", 2560, "Columns of A, and rows of B."),
        Parameter(
            "sparsity",
            "number",
            0.95,
            "Numbers of A below it become zero, so it is the share of zeros.",
            unit="1",
            minimum=0,
            maximum=1,
        ),
        DTYPE._replace(help="Type of the numbers.", choices=("float32", "float64")),
        DEVICE,
        reps(),
    ),
    work=lambda parameters: sparse_product(
        expected_nonzeros(parameters["m"], parameters["k"], parameters["sparsity"]),
        parameters["n"],
    ),
    formula="2 nnz n, nnz counted in the data",
    source="pis.work.sparse_product: DeepBench's driver for Intel's library, not its sheets",
)
