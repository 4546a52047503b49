"""PiPeak on PyTorch: PiGemm's products in the fastest shape."""

from pis.gemm.on_torch import GemmOnTorch
from pis.peak.best_gemm import BestGemm


class PeakOnTorch(BestGemm, GemmOnTorch):
    """The fastest product by PyTorch."""


WORKLOAD = PeakOnTorch
