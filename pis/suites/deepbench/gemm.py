"""The suites of dense matrix products: C = alpha op(A) op(B) + beta C."""

from typing import Tuple

from pis.suites.deepbench import gemm_problems, origin, requests, rules, work
from pis.suites.suite import Formula, Phase, Problem, Rule, Suite

KERNEL = "gemm"
PRODUCT = "product"

_SUMMARY = (
    "C = alpha op(A) op(B) + beta C with alpha = beta = 1, stored by columns; A and B uniform "
    "random, C zero. A is m x k (k x m where transposed), B is k x n (n x k where transposed)."
)
_FORMULAS = (
    Formula("flop", "2 m n k", "The scaling by alpha and beta counts nothing."),
    origin.SPEED,
)


def _problem(row: gemm_problems.Row) -> Problem:
    m, n, k, operands = row
    parameters = {
        "m": m,
        "n": n,
        "k": k,
        "transpose_a": operands[0] == "T",
        "transpose_b": operands[1] == "T",
    }
    return Problem(
        name=f"{m}x{n}x{k}-{operands}",
        parameters=parameters,
        phases=(Phase(PRODUCT, work.gemm(m, n, k), request=requests.gemm(parameters)),),
    )


def _suite(
    purpose: str,
    rows: Tuple[gemm_problems.Row, ...],
    measured: Tuple[Rule, ...],
    notes: Tuple[str, ...] = (),
) -> Suite:
    return Suite(
        name=origin.name(KERNEL, purpose),
        kernel=KERNEL,
        title=origin.title("dense matrix products", purpose),
        summary=_SUMMARY,
        reported=origin.reported(purpose),
        precision=origin.precision(purpose),
        source=origin.source("gemm_problems.h"),
        rules=measured,
        formulas=_FORMULAS,
        notes=(origin.UNPADDED, *notes),
        problems=tuple(_problem(row) for row in rows),
        rate_unit=origin.rate_unit(purpose),
        calibrations=requests.GEMM_CALIBRATIONS,
    )


SUITES = (
    _suite(origin.TRAINING, gemm_problems.TRAINING, (rules.NVIDIA_GEMM, rules.INTEL_GEMM)),
    _suite(
        origin.SERVER,
        gemm_problems.SERVER,
        (rules.NVIDIA_GEMM, rules.INTEL_GEMM),
        (origin.SHEETS_DIFFER,),
    ),
    _suite(
        origin.DEVICE,
        gemm_problems.DEVICE,
        (rules.ARM_GEMM, rules.NVIDIA_GEMM),
        (origin.SHEETS_DIFFER,),
    ),
)
