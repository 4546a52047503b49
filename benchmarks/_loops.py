"""Products written by hand, as a few lines would time them: what the harness is held against.

Each program takes how many iterations are timed and how many before them are not, and prints the
seconds of all timed ones. The shapes are the parameters of the indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What is multiplied, as parameters of the indicators `matmul` and `conv2d`: about a millisecond. So
#: many output channels keep the copy of the windows on NumPy a small part: how two of its buffers lie
#: to each other in the heap moves the copy's speed by a tenth, by chance and for a whole process.
MATMUL = {"matrix_size": 256}
CONV2D = {
    "batch": 2,
    "input_height": 32,
    "input_width": 32,
    "input_channels": 16,
    "filter_height": 3,
    "filter_width": 3,
    "output_channels": 256,
    "strides": 1,
    "padding": "SAME",
}
#: TensorFlow's is a smaller one, a quarter of a millisecond: all its data stay in the 1 MiB of a core's
#: second-level cache. That of the larger one go through the cache that the neighbours on a shared
#: machine use as well: its runs differed by 8 % within a block, 80 blocks did not tell the rates apart.
CONV2D_IN_CACHE = {
    **CONV2D,
    "batch": 1,
    "input_height": 8,
    "input_width": 8,
    "input_channels": 128,
    "output_channels": 128,
}

#: The order of a convolution's data that is each framework's own.
_FORMATS = {"numpy": "NHWC", "tensorflow": "NHWC", "torch": "NCHW"}

_BEGIN = """
import json, sys, time
reps, untimed = map(int, sys.argv[1:])
"""
_NUMPY = """
import numpy
generator = numpy.random.RandomState(0)
def data(*shape):
    return generator.uniform(-1, 1, shape).astype("float32")
"""
_TENSORFLOW = """
import numpy, tensorflow as tf
generator = numpy.random.RandomState(0)
def data(*shape):
    return tf.constant(generator.uniform(-1, 1, shape).astype("float32"))
"""
_TORCH = """
import torch
torch.manual_seed(0)
def data(*shape):
    return torch.empty(*shape).uniform_(-1, 1)
"""
_END = """
for _ in range(untimed):
    step()
times = []
for _ in range(reps):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(json.dumps(times))
"""

_IMPORTS = {"numpy": _NUMPY, "tensorflow": _TENSORFLOW, "torch": _TORCH}

_STEPS = {
    ("numpy", "matmul"): """
a, b = data(256, 256), data(256, 256)
def step():
    return a @ b
""",
    ("tensorflow", "matmul"): """
a, b = data(256, 256), data(256, 256)
def step():
    return tf.linalg.matmul(a, b)
""",
    ("torch", "matmul"): """
a, b = data(256, 256), data(256, 256)
def step():
    return a @ b
""",
    ("numpy", "conv2d"): """
images, filters = data(2, 32, 32, 16), data(3, 3, 16, 256)
padded = numpy.zeros((2, 34, 34, 16), "float32")
windows = numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
def step():
    padded[:, 1:33, 1:33] = images
    return numpy.tensordot(windows, filters, ((4, 5, 3), (0, 1, 2)))
""",
    ("tensorflow", "conv2d"): """
images, filters = data(1, 8, 8, 128), data(3, 3, 128, 128)
def step():
    return tf.nn.conv2d(images, filters, strides=1, padding="SAME")
""",
    ("torch", "conv2d"): """
images, filters = data(2, 16, 32, 32), data(256, 16, 3, 3)
def step():
    return torch.nn.functional.conv2d(images, filters, stride=1, padding=1)
""",
}


def program(framework: str, indicator: str) -> str:
    """The loop of one framework and product."""
    return _BEGIN + _IMPORTS[framework] + _STEPS[framework, indicator] + _END


def parameters(framework: str, indicator: str) -> Mapping[str, Any]:
    """The same product as parameters of the indicator."""
    if indicator == "matmul":
        return MATMUL
    shape = CONV2D_IN_CACHE if framework == "tensorflow" else CONV2D
    return {**shape, "data_format": _FORMATS[framework]}
