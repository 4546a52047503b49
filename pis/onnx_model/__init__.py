"""Models for ONNX Runtime, made without the `onnx` package, which a measured stack need not hold."""
