"""Documents of sweeps as the API answers them."""

from __future__ import annotations

from typing import Any

SWEEP = "sweep-1234abcd"
AT = "2030-01-01T12:00:00Z"


def sweep(state: str = "measuring", accepted: int = 7, **changes: Any) -> dict[str, Any]:
    over = state in {"succeeded", "failed", "cancelled"}
    return {
        "schema": "amun.sweep/1",
        "id": SWEEP,
        "state": state,
        "state_meaning": f"meaning of {state}",
        "identifier": None,
        "indicator": {"name": "matmul", "framework": "numpy", "parameters": {"matrix_size": 64}},
        "members": 4,
        "known": 1,
        "states": {"built": 3},
        "rounds": 6,
        "waves": 1,
        "wave": 0,
        "runs": {"requested": 18, "accepted": accepted},
        "seconds_left": 0.0 if over else 723.0,
        "in_flight": 24,
        "band": 0.02,
        "seed": 5,
        "again": False,
        "reference": {"index": 0, "name": "numpy 2.2.6"},
        "host": {"id": "h", "name": "lab"},
        "labels": {},
        "origin": {"select": "sample:3", "count": "14", "what": ["numpy>=2.0,<2.3"]},
        "warnings": [],
        "created_at": AT,
        "updated_at": AT,
        "ended_at": AT if over else None,
        "links": {},
        **changes,
    }


def member(index: int, version: str, **changes: Any) -> dict[str, Any]:
    return {
        "index": index,
        "name": f"numpy {version}",
        "state": "succeeded",
        "wave": 0,
        "is_reference": index == 0,
        "inspection_id": f"inspection-0000000{index}",
        "stack_digest": f"amun-stack-1:{index}",
        "lock_digest": f"amun-lock-1:{index}",
        "pins": {"numpy": version, "six": "1.16"},
        "runs": {"requested": 6, "accepted": 6},
        "failure": None,
        "median_s": 0.002 + index / 1000,
        "low_s": 0.0019,
        "high_s": 0.0051,
        "median_rate_gflops": 100.0 / (index + 1),
        "rate_unit": "GFLOPS",
        "peak_rss_bytes": 64 * 1024**2,
        "disturbed_runs": 0,
        "contrast": None
        if index == 0
        else {
            "rounds": 6,
            "ratio": 1.0 + index / 2,
            "low": 1.4,
            "high": 1.6,
            "difference_p": 0.03,
            "equivalence_p": 1.0,
            "verdict": "slower",
        },
        **changes,
    }


def run(index: int, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "member": index,
        "inspection_id": f"inspection-0000000{index}",
        "run_index": number,
        "round": number,
        "position": index,
        "elapsed_s": 0.002,
        "rate_gflops": 100.0,
        "rate_unit": "GFLOPS",
        "wall_s": 1.5,
        "peak_rss_bytes": 64 * 1024**2,
        "log_ratio": None if index == 0 else 0.1,
        "disturbed": [],
        "started_at": AT,
        "ended_at": AT,
        **changes,
    }


def results(**changes: Any) -> dict[str, Any]:
    """Three stacks and two rounds; the last one failed to build."""
    failure = {
        "reason": "build_failed",
        "attributed_to": "stack",
        "message": "gcc ended with 1, and so on",
        "hint": None,
        "last_lines": "",
    }
    nothing = dict.fromkeys(("median_s", "low_s", "high_s", "median_rate_gflops", "peak_rss_bytes"))
    return {
        "schema": "amun.sweep-results/1",
        "id": SWEEP,
        "state": "succeeded",
        "reference": {"index": 0, "name": "numpy 2.2.6"},
        "band": 0.02,
        "confidence": 0.95,
        "false_discovery_rate": 0.05,
        "members": [
            member(0, "2.2.6"),
            member(1, "2.1.3"),
            member(
                2,
                "2.0.2",
                state="failed",
                failure=failure,
                contrast=None,
                runs={"requested": 6, "accepted": 0},
                **nothing,
            ),
        ],
        "runs": [run(index, number) for index in (0, 1) for number in (0, 1)],
        "notes": ["6 rounds of 2 stacks: few"],
        **changes,
    }
