"""Parameters that many indicators have, declared once so that they mean the same everywhere."""

from pis.declaration import Impossible, Parameter

#: Longest side of any data: keeps a slip of the keyboard from being planned, not a machine busy.
LARGEST = 2**24

DTYPE = Parameter(
    "dtype",
    "text",
    "float32",
    "Type of the numbers. tf32 is float32 that a GPU rounds to TF32 before it multiplies; with "
    "float32 it is told not to.",
    choices=("float16", "bfloat16", "float32", "float64", "tf32"),
)

#: Products of matrices have integers as well.
PRODUCT_DTYPE = DTYPE._replace(
    help=DTYPE.help + " int8 is multiplied exactly: its sums are int32.",
    choices=(*DTYPE.choices, "int8"),
)

#: The longest inner product of int8 from -127 to 127 whose sum always fits in int32.
LONGEST_INT8 = (2**31 - 1) // 127**2

TF32_NEEDS_A_GPU = Impossible(
    "dtype",
    {"dtype": ("tf32",), "device": ("cpu",)},
    "TF32 is an arithmetic of GPUs",
)

DEVICE = Parameter(
    "device",
    "text",
    "cpu",
    "Where it is computed.",
    choices=("cpu", "cuda"),
)


def reps(default: int = 100) -> Parameter:
    """How many iterations a run has."""
    return Parameter(
        "reps",
        "integer",
        default,
        "Iterations; each one is timed and kept.",
        unit="1",
        minimum=1,
        maximum=1000000,
    )


def extent(name: str, default: int, meaning: str, minimum: int = 1) -> Parameter:
    """A length along one side of the data."""
    return Parameter(name, "integer", default, meaning, unit="1", minimum=minimum, maximum=LARGEST)
