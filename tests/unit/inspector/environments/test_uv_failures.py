"""What uv says, recorded, and what becomes of it."""

from __future__ import annotations

import pytest

from amun_core.states import AttributedTo, FailureReason
from inspector.environments.uv_failures import failure_of

RECORDED = [
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because there is no version of six==99.0 and you require six==99.0, we can "
            "conclude that your requirements are unsatisfiable.\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "six 99.0 is not on the package index",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because zz-none was not found in the package registry and you require "
            "zz-none==1.0, we can conclude that your requirements are unsatisfiable.\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "zz-none is not on the package index",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because six was not found in the provided package locations and you require "
            "six==1.17.0, we can conclude that your requirements are unsatisfiable.\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "six is not on the package index",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because tensorflow-cpu==2.2.0 has no wheels with a matching Python ABI tag "
            "(e.g., `cp311`) and you require tensorflow-cpu==2.2.0, we can conclude that your "
            "requirements are unsatisfiable.\n\nhint: You require CPython 3.11 (`cp311`), but we only "
            "found wheels for `tensorflow-cpu` (v2.2.0) with the following Python ABI tags: `cp35m`\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "tensorflow-cpu 2.2.0 has no file for Python 3.11 on linux-x86_64",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because the current Python version (3.11.7) does not satisfy Python>=3.12 and "
            "numpy==2.5.0 depends on Python>=3.12, we can conclude that numpy==2.5.0 cannot be used.\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "numpy 2.5.0 needs Python >=3.12: it has no file for Python 3.11 on linux-x86_64",
    ),
    (
        (
            "Resolved 1 package in 29ms\nerror: Failed to download `six==1.17.0`\n"
            "  cause: Hash mismatch for `six==1.17.0`\n\n         Expected:\n"
            "           sha256:89cd\n\n         Computed:\n           sha256:4721\n"
        ),
        FailureReason.HASH_MISMATCH,
        "six 1.17.0: the file on the index has another hash than the lock",
    ),
    (
        (
            "error: Request failed after 3 retries in 8.4s\n"
            "  cause: Failed to fetch: https://index.example/simple/six/\n"
            "  cause: error sending request for url (https://index.example/simple/six/)\n"
            "  cause: client error (Connect)\n  cause: dns error\n"
        ),
        FailureReason.INDEX_UNREACHABLE,
        "the package index at index.example cannot be reached",
    ),
    (
        (
            "error: Request failed after 1 retry in 1.1s\n"
            "  cause: Failed to fetch: http://127.0.0.1:8765/500/simple/six/\n"
            "  cause: HTTP status server error (500 Internal Server Error) for url "
            "(http://127.0.0.1:8765/500/simple/six/)\n"
        ),
        FailureReason.INDEX_UNREACHABLE,
        "the package index at 127.0.0.1 cannot be reached",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because six was not found in the package registry and you require six==1.17.0, "
            "we can conclude that your requirements are unsatisfiable.\n\n"
            "hint: An index URL (https://index.example/simple) could not be queried due to a lack of "
            "valid authentication credentials (401 Unauthorized)\n"
        ),
        FailureReason.INDEX_UNREACHABLE,
        "the package index at index.example refuses access (401 Unauthorized)",
    ),
    (
        (
            "hint: An index (https://index.example/simple) returned a 403 Forbidden error. Check that "
            "the index URL is correct and the credentials are valid.\n"
        ),
        FailureReason.INDEX_UNREACHABLE,
        "the package index at index.example refuses access (403 Forbidden)",
    ),
    (
        (
            "error: Failed to download `six @ https://files.example/six.whl`\n"
            "  cause: Failed to fetch: https://files.example/six.whl\n"
            "  cause: HTTP status client error (404 Not Found) for url (https://files.example/six.whl)\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "https://files.example/six.whl does not exist",
    ),
    (
        (
            "error: Failed to install: numpy-2.4.6-cp311.whl (numpy==2.4.6)\n"
            "  cause: failed to copy file from a to b: No space left on device (os error 28)\n"
        ),
        FailureReason.DISK_FULL,
        "the disk is full: the environment could not be written",
    ),
    (
        (
            "   Building broken==1.0\nerror: Failed to build `broken==1.0`\n"
            "  cause: The build backend returned an error\n"
            "  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)\n"
        ),
        FailureReason.BUILD_FAILED,
        "broken 1.0 could not be built from its source; see the build log",
    ),
    (
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because you require a==1 and a==2, we can conclude that it cannot be.\n"
        ),
        FailureReason.RESOLUTION_FAILED,
        "Because you require a==1 and a==2, we can conclude that it cannot be.",
    ),
    (
        "error: something that nobody has seen before\n",
        FailureReason.BUILD_FAILED,
        "something that nobody has seen before",
    ),
    ("", FailureReason.BUILD_FAILED, "uv ended without saying why"),
]


@pytest.mark.parametrize(("output", "reason", "message"), RECORDED)
def test_recorded_output(output: str, reason: FailureReason, message: str) -> None:
    failure = failure_of(output, python_version="3.11.7", platform="linux-x86_64")
    assert (failure.reason, str(failure)) == (reason, message)


def test_unreachable_index_is_the_hosts_doing() -> None:
    output = "error: error sending request for url (https://joe:pw@index.example/simple/six/)"
    failure = failure_of(output, python_version="3.11.7", platform="linux-x86_64")
    assert failure.attributed_to is AttributedTo.HOST
    assert "pw" not in str(failure) + failure.last_lines


def test_only_the_last_lines_go_along() -> None:
    output = "\n".join(f"line {number}" for number in range(100))
    failure = failure_of(output, python_version="3.11.7", platform="linux-x86_64")
    lines = failure.last_lines.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("line 70", "line 99", 30)


OF_THE_LOCK = [
    (
        (
            "Resolved 1 package in 2ms\nerror: Failed to download `b==1.0+cpu`\n"
            "  cause: Hash-checking is enabled, but no hashes were provided for `b==1.0+cpu`\n\n"
            "         Computed:\n           sha256:ed59\n"
        ),
        FailureReason.RESOLUTION_FAILED,
        "the lock pins b 1.0 by hash, and the index has 1.0+cpu for it: installers differ on this",
    ),
    (
        (
            "error: Package `a` can't be installed because it doesn't have a source distribution "
            "or wheel for the current platform\n\nhint: You're on Linux (`manylinux_2_36_x86_64`)\n"
        ),
        FailureReason.ARTIFACT_NOT_FOUND,
        "a has no wheel for this platform in the lock",
    ),
]


@pytest.mark.parametrize(("output", "reason", "message"), OF_THE_LOCK)
def test_what_is_wrong_with_a_lock_is_no_evidence_against_the_stack(
    output: str, reason: FailureReason, message: str
) -> None:
    found = failure_of(output, python_version="3.11.7", platform="linux-x86_64")
    assert found.reason is reason
    assert str(found).startswith(message)
    assert found.attributed_to is AttributedTo.REQUEST


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "cause: Size mismatch for `a==1.0`: expected 7 bytes, but downloaded 460",
            "a 1.0: the file",
        ),
        (
            "cause: Size mismatch for `a @ https://me:hunter2@x.example/a.whl`: expected 7",
            "a: the file",
        ),
        ("cause: Hash mismatch for `a @ https://me:hunter2@x.example/a.whl`", "a: the file"),
    ],
)
def test_another_file_at_an_address_is_named_without_the_address(output: str, message: str) -> None:
    found = failure_of(output, python_version="3.11.7", platform="linux-x86_64")
    assert found.reason is FailureReason.HASH_MISMATCH
    assert str(found).startswith(message)
    assert "hunter2" not in f"{found} {found.last_lines}"
