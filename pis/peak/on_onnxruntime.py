"""PiPeak on ONNX Runtime: PiGemm's products in the fastest shape."""

from pis.gemm.on_onnxruntime import GemmOnOnnxruntime
from pis.peak.best_gemm import BestGemm


class PeakOnOnnxruntime(BestGemm, GemmOnOnnxruntime):
    """The fastest product by ONNX Runtime."""


WORKLOAD = PeakOnOnnxruntime
