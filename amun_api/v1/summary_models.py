"""The document of summaries, for OpenAPI and for the tests."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from amun_api.documentation import answered
from amun_api.v1.models import Document


class Statistics(Document):
    """What independent values say, one for each inspection. null: too few of them."""

    n: int = Field(description="inspections that have a value")
    median: float | None
    median_interval: tuple[float, float] | None
    median_interval_absent_because: str | None
    mean: float | None
    std: float | None = Field(description="standard deviation, n - 1 below the line")
    standard_error: float | None = Field(description="of the mean: std / sqrt(n)")
    minimum: float | None
    q1: float | None
    q3: float | None
    maximum: float | None
    iqr: float | None = Field(description="q3 - q1")
    cov: float | None = Field(description="std / mean")
    covm: float | None = Field(description="iqr / median")
    covm_interval: tuple[float, float] | None
    covm_interval_absent_because: str | None
    skew: float | None = Field(description="adjusted Fisher-Pearson coefficient")
    confidence: float = Field(description="of both intervals")


class SummarisedInspection(Document):
    """What one inspection adds: the medians of its accepted runs."""

    inspection_id: str
    ended_at: datetime | None
    host_id: str | None
    stack_digest: str | None
    runs: int
    disturbed_runs: int
    rate_unit: str | None = Field(
        None, description="of the rate: GFLOPS of an indicator, a script's own or none"
    )
    rate_gflops: float | None
    elapsed_s: float | None


class SummaryGroup(Document):
    """The inspections that share a value of the label."""

    value: str | None
    inspections: dict[str, int] = Field(description="how many, by state")
    hosts: list[str]
    stacks: list[str] = Field(description="digests of what was installed")
    rate_unit: str | None = Field(None, description="of all rates of the group, if they share one")
    rate_gflops: Statistics
    elapsed_s: Statistics
    values: list[SummarisedInspection] = Field(
        description="those that succeeded, in the order in which they were submitted"
    )


class Summaries(Document):
    """Statistics of many inspections, in groups."""

    model_config = answered("A group for each value of the label, numbers in their order.")

    schema_name: Literal["amun.summaries/1"] = Field(alias="schema")
    by: str | None
    groups: list[SummaryGroup]
