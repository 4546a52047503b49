"""Parameters of the project's own API."""

from __future__ import annotations

from typing import Annotated

from packaging.utils import canonicalize_name
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from amun_api.indicator_catalogue import nearest
from amun_api.parameters import (
    Absent,
    Flag,
    HeaderParameters,
    PathParameters,
    QueryParameters,
    Text,
    WholeNumber,
)
from amun_core.intake import shown
from amun_core.states import InspectionState
from knowledge_graph.records import InspectionFilter

DEFAULT_PAGE = 50
MAXIMUM_PAGE = 200
MAXIMUM_CHUNKS = 1000
#: What an SQL integer holds on every database.
MAXIMUM_OFFSET = 2**63 - 1
_STATES = [state.value for state in InspectionState]


def _states(values: list[str]) -> list[str]:
    wanted = [word.strip() for value in values for word in value.split(",")]
    for word in wanted:
        if word not in _STATES:
            hint = nearest(word, _STATES) or f"known: {', '.join(_STATES)}"
            raise PydanticCustomError(
                "state", "{word} is no state", {"word": shown(word), "hint": hint}
            )
    return wanted


def _label(text: str) -> str:
    if text.startswith("=") or not text:
        raise PydanticCustomError("label", "must be KEY=VALUE, or KEY for any value")
    return text


Label = Annotated[
    Text,
    AfterValidator(_label),
    Field(json_schema_extra={"pattern": "^[A-Za-z0-9._/-]{1,63}(=.*)?$"}),
]

_LabelKey = Annotated[
    Text,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$"),
]


class WhichInspections(QueryParameters):
    """Which inspections are meant."""

    state: Annotated[tuple[InspectionState, ...], BeforeValidator(_states)] = Field(
        (), description="Only these states; repeat it, or separate them by commas."
    )
    label: tuple[Label, ...] = Field(
        (),
        description="Only with this label: KEY=VALUE, or KEY for any value; repeat it for several.",
    )
    indicator: Text | Absent = Field(None, description="Only this indicator.")
    framework: Text | Absent = Field(None, description="Only this framework.")
    package: Text | Absent = Field(
        None, description="Only stacks with this package: NAME or NAME==VERSION."
    )
    host: Text | Absent = Field(
        None, description="Only this host: its id, a prefix of it, or its name."
    )

    def filter(self) -> InspectionFilter:
        """What to list, as the graph is asked for it."""
        labels = (text.partition("=") for text in self.label)
        return InspectionFilter(
            states=frozenset(self.state),
            labels={key: value if separator else None for key, separator, value in labels},
            indicator=self.indicator,
            framework=self.framework,
            package=_package(self.package),
            host=self.host,
        )


class InspectionQuery(WhichInspections):
    """Which inspections to list."""

    limit: Annotated[int, WholeNumber(1, MAXIMUM_PAGE)] = Field(
        DEFAULT_PAGE, description="At most so many."
    )
    cursor: Text | Absent = Field(
        None, description="Where to go on: next_cursor of the page before."
    )
    figures: Flag = Field(
        False, description="With medians, parameters and packages of each: `figures`."
    )


def _package(text: str | None) -> str | None:
    if text is None:
        return None
    name, separator, version = text.partition("==")
    return canonicalize_name(name.strip()) + separator + version.strip()


class SummaryQuery(WhichInspections):
    """Which inspections to take together, and into which groups."""

    by: _LabelKey | Absent = Field(
        None,
        description="A group for each value of this label; absent: everything is one group.",
    )


class LogQuery(QueryParameters):
    """Which part of the log."""

    after: Annotated[int, WholeNumber(0, MAXIMUM_OFFSET)] = Field(
        0, description="Only what was logged behind this offset."
    )
    limit: Annotated[int, WholeNumber(1, MAXIMUM_CHUNKS)] = Field(
        MAXIMUM_CHUNKS, description="At most so many chunks."
    )


class RunsQuery(QueryParameters):
    """How much of the runs."""

    samples: Flag = Field(default=False, description="true: every iteration too.")


class ConditionalHeader(HeaderParameters):
    """What the client has already."""

    etag: str | Absent = Field(
        None, alias="If-None-Match", description="ETag of an earlier answer."
    )


class IndicatorPath(PathParameters):
    """Which indicator."""

    name: str = Field(description="Name of the indicator.", json_schema_extra={"minLength": 1})
