"""How DeepBench's drivers measure: a loop of calls, timed as a whole after the warm-up calls.

The published number is the mean of the loop; only sheets of the all-reduce have a spread beside
it. Of the rules of a suite the first is the one that the suite goes by.
"""

from typing import Callable, Mapping

from pis.suites.deepbench import allreduce_problems
from pis.suites.suite import Parameters, Rule


def _always(repeats: int) -> Callable[[Parameters], int]:
    return lambda _parameters: repeats


def _at_least_ten(terms: int) -> Callable[[Parameters], int]:
    # whole numbers without bound: the product in the C++ driver is a 32-bit int and overflows
    return lambda case: max(-(-terms // (case["m"] * case["k"] * case["n"])), 10)


def _by_size(repeats: Mapping[int, int]) -> Callable[[Parameters], int]:
    return lambda case: repeats[case["num_floats"]]


NVIDIA_GEMM = Rule("NVIDIA gemm", 1, "400", _always(400))
NVIDIA_CONV = Rule("NVIDIA conv", 1, "300 of each phase", _always(300))
NVIDIA_RNN = Rule("NVIDIA rnn", 1, "100 of each phase", _always(100))
NVIDIA_SPARSE = Rule(
    "NVIDIA sparse",
    1,
    "max(ceil(1e11 / (m k n)), 10) of each phase",
    _at_least_ten(10**11),
)
INTEL_GEMM = Rule("Intel gemm (MKL)", 1, "10", _always(10))
INTEL_CONV = Rule(
    "Intel conv", 1, "up to 1000 of each phase, until 3000 ms are spent; minimum and mean are told"
)
INTEL_SPARSE = Rule("Intel spmm", None, "10, of several such loops the best", _always(10))
ARM_GEMM = Rule("ARM gemm", 1, "max(ceil(1e10 / (m k n)), 10)", _at_least_ten(10**10))
ARM_CONV = Rule("ARM conv", None, "50", _always(50))
ARM_SPARSE = Rule("ARM sparse", None, "10", _always(10))
ALLREDUCE = Rule(
    "NVIDIA NCCL, OSU, Baidu ring",
    0,
    "10000 for the first four sizes, 1000 for the last three",
    _by_size(dict(allreduce_problems.TRAINING)),
)
