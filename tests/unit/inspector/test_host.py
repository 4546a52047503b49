"""The host's identity is stable, its description is whole and cheap to ask for again."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from inspector import host
from inspector.host import (
    describe_host,
    hardware_info,
    host_facts,
    host_id,
    host_identity,
    host_image_facts,
    installation_id,
)

PROCESSOR = {
    "vendor_id": "GenuineIntel",
    "cpu family": "6",
    "model": "85",
    "stepping": "4",
    "model name": "Example Processor",
    "cpu MHz": "2693.666",
    "bogomips": "5387.33",
    "microcode": "0x1",
}
KNOWN = {
    "flags": ["sse", "sse2", "pni", "mmx"],
    "vendor_id_raw": "GenuineIntel",
    "brand_raw": "Example Xeon Processor",
    "bits": 64,
    "count": 4,
    "family": 6,
    "l2_cache_size": 4194304,
    "hz_actual": [2693666000, 0],
}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    host._processor_information.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Answers for py-cpuinfo, and counts how often it is asked."""
    calls: list[int] = []

    def answer() -> dict[str, Any]:
        calls.append(1)
        return KNOWN

    monkeypatch.setattr(host.cpuinfo, "get_cpu_info", answer)
    return calls


class TestIdentity:
    def test_frequency_and_microcode_do_not_matter(self) -> None:
        first = host_identity("machine", PROCESSOR, 4)
        other = {**PROCESSOR, "cpu MHz": "1200.0", "bogomips": "1", "microcode": "0x2"}
        assert host_identity("machine", other, 4) == first

    @pytest.mark.parametrize(
        ("machine", "change", "logical"),
        [
            ("other", {}, 4),
            ("machine", {"model": "86"}, 4),
            ("machine", {"model name": "Another"}, 4),
            ("machine", {"stepping": "5"}, 4),
            ("machine", {}, 8),
        ],
    )
    def test_other_hardware_is_another_host(
        self, machine: str, change: dict[str, str], logical: int
    ) -> None:
        first = host_identity("machine", PROCESSOR, 4)
        assert host_identity(machine, {**PROCESSOR, **change}, logical) != first

    def test_is_the_same_each_time(self, tmp_path: Path) -> None:
        assert host_id(tmp_path) == host_id(tmp_path)
        assert host_id(tmp_path).startswith("amun-host-1:")

    def test_without_machine_id_one_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host.host_files, "text", _without_machine_id)
        try:
            host._host_id.cache_clear()
            first = host_id(tmp_path)
            host._host_id.cache_clear()
            assert host_id(tmp_path) == first
            assert host_id(tmp_path / "another") != first
        finally:
            host._host_id.cache_clear()


def _without_machine_id(path: Path) -> str:
    if path == Path("/etc/machine-id"):
        return "uninitialized"
    return path.read_text().strip() if path.exists() else ""


class TestInstallationIdentity:
    def test_is_kept(self, tmp_path: Path) -> None:
        first = installation_id(tmp_path / "home")
        assert len(first) == 32
        assert installation_id(tmp_path / "home") == first
        assert (tmp_path / "home" / "installation-id").read_text() == first + "\n"
        assert installation_id(tmp_path / "other") != first

    def test_all_who_ask_at_once_get_the_same(self, tmp_path: Path) -> None:
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(installation_id(tmp_path)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1
        assert len(found) == 8
        assert [path.name for path in tmp_path.iterdir()] == ["installation-id"]


def test_facts_for_planning(tmp_path: Path) -> None:
    facts = host_facts(tmp_path)
    assert facts.host_id == host_id(tmp_path)
    assert facts.cpu_set == tuple(sorted(os.sched_getaffinity(0)))
    assert facts.cpu_count == len(facts.cpu_set)
    assert facts.hostname == os.uname().nodename


def test_host_as_a_base_is_the_same_for_every_engine(tmp_path: Path) -> None:
    first = host_image_facts(None, tmp_path)
    assert first == host_image_facts(None, tmp_path)
    assert (first.reference, first.digest) == (None, host_id(tmp_path))
    assert first.architecture == os.uname().machine


def test_description_is_whole(tmp_path: Path, asked: list[int]) -> None:
    description = describe_host(tmp_path)
    assert description.host_id == host_id(tmp_path)
    assert description.cpu_flags == ("mmx", "pni", "sse", "sse2")
    assert description.kernel == os.uname().release
    assert description.memory_bytes > 0
    assert description == describe_host(tmp_path)
    assert len(asked) == 1


def test_slow_answer_is_kept_until_the_next_boot(tmp_path: Path, asked: list[int]) -> None:
    hardware_info(tmp_path)
    host._processor_information.cache_clear()
    hardware_info(tmp_path)
    assert len(asked) == 1
    cache = tmp_path / "cache" / "processor.json"
    kept = json.loads(cache.read_text())
    kept["stamp"]["boot"] = "an earlier one"
    cache.write_text(json.dumps(kept))
    host._processor_information.cache_clear()
    hardware_info(tmp_path)
    assert len(asked) == 2


def test_unknown_processor_is_described_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> dict[str, Any]:
        raise RuntimeError("py-cpuinfo does not know this processor")

    monkeypatch.setattr(host.cpuinfo, "get_cpu_info", refuse)
    assert describe_host(tmp_path).logical_cpus >= 1
    assert hardware_info(tmp_path)["cpu_type"]["ncpus"] == 0


def test_hardware_document_has_the_published_shape(tmp_path: Path, asked: list[int]) -> None:
    document = hardware_info(tmp_path)
    assert set(document) == {"cpu_features", "cpu_info", "cpu_type", "platform"}
    assert document["cpu_features"]["flags"] == KNOWN["flags"]
    assert document["cpu_features"]["l3_cache_size"] is None
    assert document["cpu_info"] == {
        "vendor_id_raw": "GenuineIntel",
        "brand_raw": "Example Xeon Processor",
        "bits": 64,
        "count": 4,
        "family": 6,
    }
    kind = document["cpu_type"]
    assert (kind["is_Intel"], kind["is_AMD"], kind["is_Xeon"], kind["is_i686"]) == (
        True,
        False,
        True,
        True,
    )
    assert (kind["has_sse3"], kind["has_ssse3"], kind["nbits"], kind["ncpus"]) == (
        True,
        False,
        "64",
        4,
    )
    assert document["platform"]["release"] == os.uname().release
    json.dumps(document)
