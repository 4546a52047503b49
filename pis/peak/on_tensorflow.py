"""PiPeak on TensorFlow: PiGemm's products in the fastest shape."""

from pis.gemm.on_tensorflow import GemmOnTensorflow
from pis.peak.best_gemm import BestGemm


class PeakOnTensorflow(BestGemm, GemmOnTensorflow):
    """The fastest product by TensorFlow."""


WORKLOAD = PeakOnTensorflow
