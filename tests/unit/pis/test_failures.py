"""What a framework raises becomes a reason that the service knows."""

from __future__ import annotations

import pytest

from amun_core.states import FailureReason
from pis import failures


class ResourceExhaustedError(Exception):
    """As TensorFlow names it."""


class UnimplementedError(Exception):
    """As TensorFlow names it."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError("Unable to allocate 4.00 GiB"), "out_of_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out_of_memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "out_of_memory"),
        (ResourceExhaustedError("shape[65536,65536]"), "out_of_memory"),
        (RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'"), "indicator_unsupported"),
        (UnimplementedError("Cast half"), "indicator_unsupported"),
        (AttributeError("module 'numpy' has no attribute 'matmul'"), "indicator_unsupported"),
        (NotImplementedError(), "indicator_unsupported"),
        (RuntimeError("mkl: something odd"), "run_crashed"),
        (ValueError("shapes differ"), "run_crashed"),
    ],
)
def test_classify(error: Exception, reason: str) -> None:
    failure = failures.classify(error)
    assert failure.reason == reason
    assert type(error).__name__ in failure.message


def test_every_reason_is_known_to_the_service() -> None:
    reasons = {value for name, value in vars(failures).items() if name.isupper() and name[0] != "_"}
    assert len(reasons) == 10
    assert reasons <= {reason.value for reason in FailureReason}


def test_description_names_the_causes() -> None:
    error = ImportError("native library is missing")
    error.__cause__ = OSError("libcudart.so.11: cannot open shared object file")
    assert failures.describe(error) == (
        "ImportError: native library is missing\n"
        "caused by OSError: libcudart.so.11: cannot open shared object file"
    )


def test_context_is_told_unless_it_is_suppressed() -> None:
    error = ValueError()
    error.__context__ = KeyError("inner")
    assert failures.describe(error) == "ValueError\ncaused by KeyError: 'inner'"
    error.__suppress_context__ = True
    assert failures.describe(error) == "ValueError"


def test_a_circle_of_causes_ends() -> None:
    error = ValueError("a")
    error.__context__ = KeyError("b")
    error.__context__.__context__ = error
    assert failures.describe(error) == "ValueError: a\ncaused by KeyError: 'b'"


def test_failure_document() -> None:
    failure = failures.RunFailedError(failures.ENVIRONMENT_CHANGED, "changed", ("a", "b"))
    assert failure.document() == {
        "reason": "environment_changed",
        "message": "changed",
        "differences": ["a", "b"],
    }
