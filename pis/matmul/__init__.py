"""PiMatmul: the product of two square matrices of seeded random data."""

from pis.declaration import Indicator, Parameter
from pis.work import square_product

# As the indicators of Thoth's studies had them. An iteration is one product here, not 40 as on
# TensorFlow there, and the data is random, not all ones.
_THOTH = {"matrix_size": 512, "dtype": "float32", "device": "cpu"}

INDICATOR = Indicator(
    name="matmul",
    title="PiMatmul",
    version="1",
    stability="stable",
    summary="Product of two dense square matrices of seeded random data, a new result each time.",
    parameters=(
        Parameter(
            "matrix_size",
            "integer",
            512,
            "Rows and columns of both matrices.",
            unit="1",
            minimum=1,
            maximum=65536,
        ),
        Parameter(
            "dtype",
            "text",
            "float32",
            "Type of the numbers.",
            choices=("float16", "bfloat16", "float32", "float64"),
        ),
        Parameter(
            "device",
            "text",
            "cpu",
            "Where the product is computed.",
            choices=("cpu", "cuda"),
        ),
        Parameter(
            "reps",
            "integer",
            100,
            "Iterations; each one is timed and kept.",
            unit="1",
            minimum=1,
            maximum=1000000,
        ),
    ),
    work=lambda parameters: square_product(parameters["matrix_size"]),
    formula="2 n^3 - n^2",
    source=square_product.__module__ + ".square_product: n^2 inner products of length n",
    presets={
        "thoth-tensorflow": {**_THOTH, "reps": 50},
        "thoth-torch": {**_THOTH, "reps": 2000},
    },
)
