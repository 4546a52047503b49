"""PiPeak on NumPy: PiGemm's products in the fastest shape."""

from pis.gemm.on_numpy import GemmOnNumpy
from pis.peak.best_gemm import BestGemm


class PeakOnNumpy(BestGemm, GemmOnNumpy):
    """The fastest product by NumPy."""


WORKLOAD = PeakOnNumpy
