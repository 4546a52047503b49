"""One indicator as a page."""

from __future__ import annotations

from typing import Any

from amun_client import indicator_page

CONVOLUTION: dict[str, Any] = {
    "name": "conv2d",
    "title": "PiConv2D",
    "frameworks": ["numpy", "tensorflow"],
    "summary": "Convolution.",
    "version": "1",
    "stability": "canary",
    "flops": {"formula": "2 n", "source": "a book"},
    "parameters": [
        {
            "name": "batch", "type": "integer", "default": 4, "minimum": 1, "maximum": 9,
            "unit": "1", "help": "Images at once.",
        },
        {
            "name": "order", "type": "text", "default": "last", "choices": ["first", "last"],
            "choices_by_framework": {"numpy": ["last"]}, "help": "Order.",
        },
        {"name": "turned", "type": "boolean", "default": False, "help": "Whether."},
        {
            "name": "dtype", "type": "text", "default": "float32",
            "choices": ["float16", "float32", "tf32"],
            "choices_by_framework": {"numpy": ["float16", "float32"]}, "help": "Type.",
        },
        {
            "name": "device", "type": "text", "default": "cpu", "choices": ["cpu", "cuda"],
            "choices_by_framework": {"numpy": ["cpu"]}, "help": "Place.",
        },
    ],
    "impossible": {
        "numpy": [{"parameter": "dtype", "when": {"dtype": ["tf32"], "device": ["cpu"]}, "why": "GPUs"}],
        "tensorflow": [
            {"parameter": "dtype", "when": {"dtype": ["tf32"], "device": ["cpu"]}, "why": "GPUs"},
            {
                "parameter": "order",
                "when": {"order": ["first"], "turned": [True], "device": ["cpu"]},
                "why": "not on a CPU",
            },
        ],
    },
    "presets": {"old": {"batch": 4, "turned": True}},
}  # fmt: skip


def page(document: dict[str, Any]) -> dict[str, str]:
    return dict(indicator_page.rows(document))


def test_a_page_in_full() -> None:
    found = page(CONVOLUTION)
    assert found["indicator"] == "conv2d  PiConv2D"
    assert found["version"] == "1 (canary: shown, never scored)"
    assert found["work"] == "2 n FLOP per iteration\nsource: a book"
    assert found["presets"] == "old: batch=4, turned=true"
    assert found["try"] == "amun indicator run conv2d --framework numpy --preset old"


def test_parameters_stand_in_columns() -> None:
    assert page(CONVOLUTION)["parameters"].splitlines()[:6] == [
        "batch   4        1 to 9",
        "                 Images at once.",
        "order   last     first, last",
        "                 Order.",
        "turned  false    true, false",
        "                 Whether.",
    ]


def test_types_of_each_framework_on_each_device() -> None:
    assert indicator_page.types_by_device(CONVOLUTION) == [
        ("numpy", "cpu", ["float16", "float32"]),
        # TF32 is refused on the CPU; that `order` matters there as well refuses no type
        ("tensorflow", "cpu", ["float16", "float32"]),
        ("tensorflow", "cuda", ["float16", "float32", "tf32"]),
    ]


def test_what_a_framework_lacks() -> None:
    assert indicator_page.lacking(CONVOLUTION) == ["numpy: order last"]


def test_the_same_refusal_is_said_once() -> None:
    assert indicator_page.refused(CONVOLUTION) == [
        "dtype=tf32 with device=cpu on numpy, tensorflow: GPUs",
        "order=first with turned=true with device=cpu on tensorflow: not on a CPU",
    ]


def test_time_alone_and_nothing_special() -> None:
    bare = {
        **CONVOLUTION,
        "flops": None,
        "impossible": {},
        "presets": {},
        "parameters": CONVOLUTION["parameters"][:1],
        "frameworks": ["python"],
    }
    found = page(bare)
    assert found["work"] == "time alone is measured"
    assert list(found) == [
        "indicator", "what", "version", "frameworks", "work", "parameters", "try",
    ]  # fmt: skip
    assert found["try"] == "amun indicator run conv2d --framework python"
