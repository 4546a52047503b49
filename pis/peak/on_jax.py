"""PiPeak on JAX: PiGemm's products in the fastest shape."""

from pis.gemm.on_jax import GemmOnJax
from pis.peak.best_gemm import BestGemm


class PeakOnJax(BestGemm, GemmOnJax):
    """The fastest product by JAX."""


WORKLOAD = PeakOnJax
