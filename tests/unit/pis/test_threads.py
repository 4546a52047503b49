"""Thread pools are found in this very process."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest

from pis import threads

MAPS = """\
55d0-55d1 r--p 00000000 08:01 131 /usr/bin/python3.11
7f10-7f20 r-xp 00000000 08:01 132 /site/numpy.libs/libscipy_openblas64_-32a4b2a6.so
7f20-7f30 rw-p 00000000 08:01 132 /site/numpy.libs/libscipy_openblas64_-32a4b2a6.so
7f30-7f40 r-xp 00000000 08:01 133 /path with space/libgomp-a34b3233.so.1.0.0
7f40-7f50 rw-p 00000000 00:00 0
7f60-7f70 rw-p 00000000 00:00 0 [heap]
"""


def test_libraries_are_listed_once() -> None:
    assert threads.mapped(MAPS) == [
        "/site/numpy.libs/libscipy_openblas64_-32a4b2a6.so",
        "/path with space/libgomp-a34b3233.so.1.0.0",
    ]


@pytest.mark.parametrize(
    ("file", "function", "library"),
    [
        ("libscipy_openblas64_-1.so", "scipy_openblas_get_num_threads64_", "openblas"),
        ("libopenblasp-r0-1.3.13.so", "openblas_get_num_threads", "openblas"),
        ("libopenblas64_p-r0-1.so", "openblas_get_num_threads64_", "openblas"),
        ("libmkl_rt.so.2", "MKL_Get_Max_Threads", "mkl"),
        ("libblis.so.4", "bli_thread_get_num_threads", "blis"),
        ("libgomp-1.so.1.0.0", "omp_get_max_threads", "libgomp"),
        ("libiomp5.so", "omp_get_max_threads", "libiomp5"),
        ("libomp.so", "omp_get_max_threads", "libiomp5"),
    ],
)
def test_each_library_is_asked_by_its_own_function(
    monkeypatch: pytest.MonkeyPatch, file: str, function: str, library: str
) -> None:
    monkeypatch.setattr(threads, "mapped", lambda maps: ["/lib/libc.so.6", f"/lib/{file}"])
    loaded = SimpleNamespace(**{function: lambda: 3})
    monkeypatch.setattr(ctypes, "CDLL", lambda path: loaded if path.endswith(file) else None)
    assert threads.pools() == [{"library": library, "file": file, "threads": 3}]


def test_the_openblas_of_numpy_is_found() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    found = [pool for pool in threads.pools() if pool["library"] == "openblas"]
    assert found
    assert found[0]["threads"] >= 1
