"""The documents of the prior system's API, for OpenAPI and for the tests."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from amun_api.documentation import answered, links


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parameters: dict[str, Any] = Field(description="the request, as it was understood")


class CompatibilityError(_Answer):
    """The error shape of the prior system."""

    error: str


class VersionAnswer(_Answer):
    """GET /version."""

    model_config = answered("Versions.")

    version: str
    service_version: str


class PathsAnswer(_Answer):
    """GET /api/v1."""

    model_config = answered("Every path below /api/v1.")

    paths: list[str]


class ProbeAnswer(_Answer):
    """GET /liveness and /readiness."""

    model_config = answered("All is well.")

    status: str


class DockerfileAnswer(_Answer):
    """POST /_debug/generate-dockerfile."""

    model_config = answered("The Dockerfile as text.")

    dockerfile: str


class InspectAnswer(_Answer):
    """POST /inspect; `parameters` is the specification with its defaults filled in."""

    model_config = answered(
        "Stored; a worker will take it.",
        headers={"Idempotency-Replayed": "true: this is the first answer again."},
        links=links(
            ("inspect_status", "inspect_specification", "inspect_build_log", "inspect_batch_size"),
            inspection_id="$response.body#/inspection_id",
        ),
    )

    inspection_id: str


class InspectListAnswer(_Answer):
    """GET /inspect."""

    model_config = answered("Ids, newest first.")

    inspections: list[str]


class BuildStatus(BaseModel):
    """The build, as the status of a container."""

    model_config = ConfigDict(extra="forbid")

    container: str | None
    exit_code: int | None
    finished_at: str | None
    reason: str | None
    started_at: str | None
    state: Literal["waiting", "running", "terminated"]


class JobStatus(BaseModel):
    """The runs, as the status of a job."""

    model_config = ConfigDict(extra="forbid")

    active: int
    completions: int
    failed: int
    succeeded: int


class WorkflowStatus(BaseModel):
    """The whole inspection, as the status of a workflow."""

    model_config = ConfigDict(extra="forbid")

    phase: Literal["Pending", "Running", "Succeeded", "Failed", "Error"]
    startedAt: str | None  # noqa: N815 - the published key
    finishedAt: str | None  # noqa: N815 - the published key
    progress: str = Field(pattern=r"^\d+/\d+$")
    message: str = ""


class InspectionStatus(BaseModel):
    """Build, runs and workflow."""

    model_config = ConfigDict(extra="forbid")

    build: BuildStatus
    job: JobStatus
    workflow: WorkflowStatus
    data_stored: bool


class StatusAnswer(_Answer):
    """GET /inspect/{id}/status."""

    model_config = answered("Build, runs and workflow.")

    status: InspectionStatus


class SpecificationAnswer(_Answer):
    """GET /inspect/{id}/specification."""

    model_config = answered("The specification as it was understood.")

    specification: dict[str, Any]
    created: str


class TextLogAnswer(_Answer):
    """GET /inspect/{id}/build/log."""

    model_config = answered("The log of the build.")

    log: str


class BatchSizeAnswer(_Answer):
    """GET /inspect/{id}/job/batch-size."""

    model_config = answered("Number of runs asked for.")

    batch_size: int


class PublishedResult(BaseModel):
    """The result document of one run."""

    model_config = ConfigDict(extra="allow")

    exit_code: int
    hwinfo: dict[str, Any]
    runtime_environment: dict[str, Any]
    script_sha256: str
    stderr: str
    stdout: dict[str, Any]
    usage: dict[str, Any]


class ResultAnswer(_Answer):
    """GET /inspect/{id}/job/{item}/result."""

    model_config = answered("The result of one run.")

    result: PublishedResult


class ResultLogAnswer(_Answer):
    """GET /inspect/{id}/job/{item}/log: the published schema gives it the object of the result."""

    model_config = answered("The result of one run.")

    log: PublishedResult


class _PublishedResources(BaseModel):
    model_config = ConfigDict(extra="allow")

    cpu: str | None = Field(None, pattern=r"^[0-9]+(\.[0-9]+)?m?$")
    memory: str | None = Field(None, pattern=r"^[0-9]+(\.[0-9]+)?([KMGTPE]i?|k)?$")
    hardware: dict[str, Any] | None = None


class _PublishedStage(BaseModel):
    model_config = ConfigDict(extra="allow")

    requests: _PublishedResources | None = None


class _PublishedVariable(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")
    value: str


class _PublishedFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=1024)
    content: str


class _PublishedPython(BaseModel):
    model_config = ConfigDict(extra="allow")

    requirements: dict[str, Any] | None = Field(None, description="Pipfile as JSON")
    requirements_locked: dict[str, Any] | None = Field(None, description="Pipfile.lock as JSON")


class PublishedSpecification(BaseModel):
    """A specification of the prior system. Further keys are taken with a warning."""

    model_config = ConfigDict(extra="allow")

    base: str = Field(min_length=1, max_length=255, description="base image")
    identifier: str | None = Field(None, pattern="^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")
    batch_size: int = Field(1, ge=1, le=1000, description="number of fresh runs")
    package_manager: Literal["pipenv", "micropipenv"] | None = None
    packages: list[str] | None = Field(None, description="native packages")
    python_packages: list[str] | None = None
    python: _PublishedPython | None = None
    build: _PublishedStage | None = None
    run: _PublishedStage | None = None
    files: list[_PublishedFile] | None = None
    environment: list[_PublishedVariable] | None = None
    script: str | None = Field(None, description="inline text, or an https address")
    update: bool = False
    upgrade_pip: bool = False
    send_messages: bool = False
    force_sync: bool = False
