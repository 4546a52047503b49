"""Of the wheels of one version the same one is the best for us as for uv, which installs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from amun_core.wheel_tags import fitness, linux_tags
from inspector.environments import find_uv
from tests.support.index_server import IndexServer
from tests.support.installable import environment_without_settings

TAGS = (
    "cp311-cp311-linux_x86_64",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-manylinux2014_x86_64",
    "cp311-cp311-manylinux_2_28_x86_64",
    "cp311-cp311-manylinux1_x86_64",
    "cp311-cp311-musllinux_1_1_x86_64",
    "cp311-cp311-musllinux_1_0_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "cp39-abi3-linux_x86_64",
    "cp39-abi3-musllinux_1_1_x86_64",
    "cp311-none-manylinux_2_17_x86_64",
    "py3-none-linux_x86_64",
    "py311-none-musllinux_1_1_x86_64",
    "py3-none-manylinux_2_17_x86_64",
    "cp311-none-any",
    "py311-none-any",
    "py3-none-any",
)


def order_of_uv(folder: Path, platform: str) -> list[str]:
    """The tags, the best first: each time the best one is taken away."""
    left = list(TAGS)
    order: list[str] = []
    while left:
        with IndexServer(tells=True) as index:
            for number, tag in enumerate(left):
                index.add("a", "1.0", [f"tag-{number}"], tag=tag)
                index.add(f"tag-{number}", "1.0")
            command = [str(find_uv()), "pip", "compile", "-", "--no-header", "--no-annotate"]
            command += ["--python-platform", platform, "--python-version", "3.11", "--quiet"]
            command += ["--default-index", index.url, "--cache-dir", str(folder / str(len(left)))]
            ended = subprocess.run(
                command,
                input="a==1.0\n",
                env=environment_without_settings(),
                capture_output=True,
                text=True,
                check=False,
            )
        if ended.returncode:
            return order
        chosen = next(line for line in ended.stdout.split() if line.startswith("tag-"))
        order.append(left.pop(int(chosen.removeprefix("tag-").partition("==")[0])))
    return order


@pytest.mark.parametrize(
    ("platform", "libc"),
    [
        ("x86_64-manylinux_2_28", ("glibc", 2, 28)),
        ("x86_64-unknown-linux-musl", ("musl", 1, 2)),
    ],
)
def test_the_order_is_that_of_uv(platform: str, libc: tuple[str, int, int], tmp_path: Path) -> None:
    places = {tag: place for place, tag in enumerate(linux_tags((3, 11), "x86_64", libc))}
    fits = {tag: fit for tag in TAGS if (fit := fitness(f"a-1.0-{tag}.whl", places)) is not None}
    ours = sorted(fits, key=lambda tag: fits[tag], reverse=True)
    assert len(ours) >= 10
    assert order_of_uv(tmp_path, platform) == ours
