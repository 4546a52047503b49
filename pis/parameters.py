"""Parameters that many indicators have, declared once so that they mean the same everywhere."""

from pis.declaration import Parameter

#: Longest side of any data: keeps a slip of the keyboard from being planned, not a machine busy.
LARGEST = 2**24

DTYPE = Parameter(
    "dtype",
    "text",
    "float32",
    "Type of the numbers.",
    choices=("float16", "bfloat16", "float32", "float64"),
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
