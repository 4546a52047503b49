"""A campaign of the prior system, read as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from amun_client.errors import UsageFaultError
from amun_client.submission import Overrides
from amun_client.sweep.campaign import CampaignFiles, files_in, read_campaign
from amun_client.sweep.members import Member
from amun_client.sweep.request import SweepOptions, request_of
from amun_core.sweep_intake import parse_sweep

LOCK = {"format": "requirements.txt", "content": "tensorflow==2.4.1\n"}

CONTEXT = {"base": "quay.io/thoth-station/s2i-thoth-ubi8-py38:v0.24.2", "batch_size": 1,
           "identifier": "tf-dm-tf24", "run": {"requests": {"cpu": "1", "memory": "4Gi"}},
           "script": "https://example.org/matmul.py"}  # fmt: skip
ENVIRONMENT = {
    "hardware": {"cpu_family": None, "cpu_model": None},
    "operating_system": {"name": "rhel", "version": "8"},
    "python_version": "3.8",
}
PIPELINE = {
    "boots": [
        {"configuration": {}, "name": "PythonVersionBoot"},
        {"configuration": {"default_platform": "linux-x86_64"}, "name": "PlatformBoot"},
    ],
    "sieves": [{"name": "CutPreReleasesSieve"}, {"name": "NoSuchSieve"}],
    "steps": [{"name": "CvePenalizationStep"}],
    "strides": [{"name": "UniqueStackStride"}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pipfile").write_text("[packages]\ntensorflow = '*'\n")
    (tmp_path / "ac.json").write_text(json.dumps(CONTEXT))
    (tmp_path / "environ.json").write_text(json.dumps(ENVIRONMENT))
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(PIPELINE))
    return tmp_path


def test_all_four_files(folder: Path) -> None:
    pipfile, files = files_in(folder)
    assert pipfile == folder / "Pipfile"
    campaign = read_campaign(files)
    assert campaign.context == CONTEXT
    assert campaign.space == {
        "python_version": "3.8",
        "libc": "glibc 2.28",
        "platform": "linux_x86_64",
        "pre_releases": "never",
    }
    told = {one.unit: one.honoured for one in campaign.honoured}
    assert told == {
        "PythonVersionBoot": True,
        "PlatformBoot": True,
        "CutPreReleasesSieve": True,
        "NoSuchSieve": False,
        "CvePenalizationStep": False,
        "UniqueStackStride": True,
    }
    assert all(one.why for one in campaign.honoured)


def test_some_files_are_enough(folder: Path) -> None:
    assert read_campaign(CampaignFiles()).honoured == ()
    for name in ("ac.json", "environ.json", "pipeline.yaml"):
        (folder / name).unlink()
    assert files_in(folder) == (folder / "Pipfile", CampaignFiles())
    (folder / "Pipfile").unlink()
    with pytest.raises(UsageFaultError, match="no Pipfile"):
        files_in(folder)


def test_hardware_of_the_environment_is_asked_of_the_host(folder: Path) -> None:
    wanted = {**ENVIRONMENT, "hardware": {"cpu_family": 6, "cpu_model": None}}
    (folder / "environ.json").write_text(json.dumps(wanted))
    campaign = read_campaign(files_in(folder)[1])
    assert campaign.context["run"]["requests"]["hardware"] == {"cpu_family": 6}
    assert campaign.context["run"]["requests"]["cpu"] == "1"


@pytest.mark.parametrize("text", ["[1]", "a: [", "\x00"])
def test_a_pipeline_that_cannot_be_read_is_refused(folder: Path, text: str) -> None:
    (folder / "pipeline.yaml").write_text(text)
    with pytest.raises(UsageFaultError, match=r"pipeline\.yaml"):
        read_campaign(files_in(folder)[1])


def test_the_published_campaign(published: Path) -> None:
    pipfile, files = files_in(published / "campaign")
    campaign = read_campaign(files)
    assert pipfile.is_file()
    assert campaign.context["identifier"] == "tf-dm-tf24"
    assert campaign.space == {
        "python_version": "3.8",
        "libc": "glibc 2.28",
        "platform": "linux_x86_64",
        "pre_releases": "never",
    }
    assert len(campaign.honoured) == 16
    assert not any("known here" in one.why for one in campaign.honoured)
    members = [Member("tensorflow 2.4.1", LOCK, {"tensorflow": "2.4.1"})]
    request = request_of(
        members, "tensorflow 2.4.1", campaign.context, SweepOptions(Overrides()), {}
    )
    parsed = parse_sweep(request)
    specification = parsed.members[0].specification.specification
    assert specification.base == campaign.context["base"]
    assert specification.script_url == campaign.context["script"]
    assert "/common/batch_size" in {warning.pointer for warning in parsed.warnings}
