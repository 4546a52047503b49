"""PiImport of ONNX Runtime."""

from pis.import_time.fresh import FreshImport


class ImportOfOnnxruntime(FreshImport):
    """The first `import onnxruntime`."""

    framework = "onnxruntime"
    module = "onnxruntime"
    distributions = ("onnxruntime", "onnxruntime-gpu")


WORKLOAD = ImportOfOnnxruntime
