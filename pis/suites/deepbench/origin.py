"""Where DeepBench stands, and what holds for each of its lists."""

from pis.suites.suite import Formula, Source

TRAINING = "training"
SERVER = "inference.server"
DEVICE = "inference.device"

_PURPOSE = {
    TRAINING: "training",
    SERVER: "inference on a server (small batches)",
    DEVICE: "inference on a device (one input at a time)",
}
_PRECISION = {
    TRAINING: "at least 16-bit multiplication with 32-bit accumulation; a result names its own",
    SERVER: "at least 8-bit multiplication with 32-bit accumulation; a result names its own",
}

SHEET_OUT = "Mean of the repeats in ms, and TFLOPS: FLOP / time / 1e12."
DEVICE_OUT = "Mean of the repeats in ms, and GFLOPS: FLOP / time / 1e9."

SHEETS_DIFFER = (
    "The sheets of inference results have rows that the lists lack and lack rows that they have: "
    "the lists count."
)
UNPADDED = "A kernel may pad its operands; the FLOP are those of the unpadded sizes."


def source(header: str) -> Source:
    """The source of one kernel's lists."""
    return Source(
        repository="baidu-research/DeepBench",
        commit="da81ba7820739e2e506dc27f382d15be5479f98f",
        path="code/kernels/" + header,
        results="results/",
    )


def name(kernel: str, purpose: str) -> str:
    """`deepbench.gemm.training`."""
    return f"deepbench.{kernel}.{purpose}"


def title(what: str, purpose: str) -> str:
    """`DeepBench: matrix products of training`."""
    return f"DeepBench: {what}, {_PURPOSE[purpose]}"


def precision(purpose: str) -> str:
    """The least precision that DeepBench lets a result have."""
    return _PRECISION.get(purpose, _PRECISION[SERVER])


def reported(purpose: str) -> str:
    """What the published sheets show for each case."""
    return DEVICE_OUT if purpose == DEVICE else SHEET_OUT


def rate_unit(purpose: str) -> str:
    """The unit of the rates in the published sheets."""
    return "GFLOPS" if purpose == DEVICE else "TFLOPS"


SPEED = Formula("rate", "flop / t", "Operations a second; t is the mean of the repeats in seconds.")
