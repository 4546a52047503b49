"""Why a run ends without a result, in the words that the service knows."""

from typing import Any, Dict, Sequence

ENVIRONMENT_CHANGED = "environment_changed"
HARDWARE_MISMATCH = "hardware_mismatch"
IMPORT_FAILED = "import_failed"
INDICATOR_UNSUPPORTED = "indicator_unsupported"
OUT_OF_MEMORY = "out_of_memory"
OUTPUT_TOO_LARGE = "output_too_large"
RUN_CRASHED = "run_crashed"
SCRIPT_FAILED = "script_failed"
SCRIPT_OUTPUT_INVALID = "script_output_invalid"
WRONG_RESULT = "wrong_result"

# What the frameworks say when memory is short: NumPy raises MemoryError, PyTorch a RuntimeError,
# TensorFlow its own ResourceExhaustedError.
_MEMORY_WORDS = ("out of memory", "not enough memory", "can't allocate memory", "oom when alloc")
_UNSUPPORTED_WORDS = ("not implemented for", "unsupported", "not supported", "no opkernel")


class RunFailedError(Exception):
    """The run ends without a result; `reason` is one of the words above."""

    def __init__(self, reason: str, message: str, differences: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.differences = list(differences)

    def document(self) -> Dict[str, Any]:
        """The `failure` object of the result document."""
        return {
            "reason": self.reason,
            "message": self.message,
            "differences": self.differences,
        }


def describe(error: BaseException) -> str:
    """The error and what caused it, in one line each, without a traceback."""
    lines = []
    seen = set()
    current: Any = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        text = str(current).strip()
        kind = type(current).__name__
        lines.append(f"{kind}: {text}" if text else kind)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\ncaused by ".join(lines)


def classify(error: BaseException) -> RunFailedError:
    """The failure that an exception of the framework stands for."""
    text = str(error).lower()
    kind = type(error).__name__
    message = describe(error)
    if (
        isinstance(error, MemoryError)
        or kind in ("ResourceExhaustedError", "OutOfMemoryError")
        or any(words in text for words in _MEMORY_WORDS)
    ):
        return RunFailedError(OUT_OF_MEMORY, message)
    if (
        isinstance(error, (NotImplementedError, AttributeError))
        or kind == "UnimplementedError"
        or any(words in text for words in _UNSUPPORTED_WORDS)
    ):
        return RunFailedError(INDICATOR_UNSUPPORTED, message)
    return RunFailedError(RUN_CRASHED, message)
