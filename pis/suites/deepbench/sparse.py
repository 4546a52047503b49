"""The suites of products of a sparse with a dense matrix. There is no list for training."""

from typing import Any, Tuple

from pis.suites.deepbench import origin, requests, rules, sparse_problems, work
from pis.suites.suite import Formula, Phase, Problem, Rule, Suite

KERNEL = "sparse"
SPARSE = "sparse"
DENSE = "dense"

_SUMMARY = (
    "A (m x k, sparse by rows) times B (k x n, dense). A is made of uniform random numbers below 1 "
    "with each one under `sparsity` set to zero. The dense product of the same shape is timed too."
)
_FORMULAS = (
    Formula("flop", "2 nnz n", "The work done; nnz = m k (1 - sparsity), rounded."),
    Formula("flop of dense", "2 m n k", "The work of the dense product."),
    origin.SPEED,
    Formula("speedup", "t of dense / t of sparse", "What the sheets call speedup."),
    Formula(
        "sheet_flop",
        "2 m n k sparsity",
        "What the published sheets divide by the time: the terms that are zero, no work done. The "
        "iPhone's sheets leave out the 2. Only for a comparison with those sheets.",
    ),
)
_SLIP = (
    "Some rows of the 2560-wide problem say m=7860 where the published sheets say 7680. The list "
    "keeps what its source says; the rows are flagged."
)


def _problem(row: sparse_problems.Row) -> Problem:
    m, n, k, sparsity = row
    notes: Tuple[Tuple[str, Any], ...] = ()
    if m in sparse_problems.SLIPS:
        notes = (("source_typo", True), ("m_in_spreadsheet", sparse_problems.SLIPS[m]))
    parameters = {
        "m": m,
        "n": n,
        "k": k,
        "transpose_a": False,
        "transpose_b": False,
        "sparsity": sparsity,
    }
    return Problem(
        name=f"{m}x{n}x{k}-s{sparsity}",
        parameters=parameters,
        phases=(
            Phase(SPARSE, work.sparse(m, n, k, sparsity), request=requests.sparse(parameters)),
            Phase(DENSE, work.gemm(m, n, k), request=requests.gemm(parameters)),
        ),
        sheet_flop=work.sparse_sheet(m, n, k, sparsity),
        notes=notes,
    )


def _suite(
    purpose: str,
    rows: Tuple[sparse_problems.Row, ...],
    measured: Tuple[Rule, ...],
    *notes: str,
) -> Suite:
    return Suite(
        name=origin.name(KERNEL, purpose),
        kernel=KERNEL,
        title=origin.title("sparse matrix products", purpose),
        summary=_SUMMARY,
        reported=origin.reported(purpose) + " Beside it the speedup over the dense product.",
        precision=origin.precision(purpose),
        source=origin.source("sparse_gemm_problems.h"),
        rules=measured,
        formulas=_FORMULAS,
        notes=notes,
        problems=tuple(_problem(row) for row in rows),
        rate_unit=origin.rate_unit(purpose),
        calibrations=requests.SPARSE_CALIBRATIONS,
    )


SUITES = (
    _suite(origin.SERVER, sparse_problems.SERVER, (rules.NVIDIA_SPARSE, rules.INTEL_SPARSE), _SLIP),
    _suite(origin.DEVICE, sparse_problems.DEVICE, (rules.ARM_SPARSE, rules.NVIDIA_SPARSE)),
)
