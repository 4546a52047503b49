"""PiMatmul: the product of two square matrices of seeded random data."""

from pis.declaration import Indicator, Parameter
from pis.parameters import DEVICE, PRODUCT_DTYPE, TF32_NEEDS_A_GPU
from pis.work import product_bytes, square_product

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
        PRODUCT_DTYPE,
        DEVICE,
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
    impossible=(TF32_NEEDS_A_GPU,),
    least_bytes=lambda parameters: product_bytes(
        parameters["matrix_size"],
        parameters["matrix_size"],
        parameters["matrix_size"],
        parameters["dtype"],
    ),
    presets={
        "thoth-tensorflow": {**_THOTH, "reps": 50},
        "thoth-torch": {**_THOTH, "reps": 2000},
    },
)
