"""Parameters of the prior system's API."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from amun_api.parameters import InspectionPath, QueryParameters, WholeNumber
from amun_core.errors import NotFoundError
from amun_core.specification import MAXIMUM_RUNS

DEFAULT_PAGE = 100
MAXIMUM_PAGE = 1000
MAXIMUM_PAGE_NUMBER = 1_000_000
_ITEM = re.compile("[0-9]{1,6}")


class PageQuery(QueryParameters):
    """Which page of a list."""

    page: Annotated[int, WholeNumber(0, MAXIMUM_PAGE_NUMBER)] = Field(
        0, description="Number of the page, from 0."
    )
    limit: Annotated[int, WholeNumber(1, MAXIMUM_PAGE)] = Field(
        DEFAULT_PAGE, description="Ids on a page."
    )


def _item(text: str) -> int:
    """What cannot be the number of a run is not there."""
    if _ITEM.fullmatch(text):
        return int(text)
    raise NotFoundError("run", text, hint="runs are numbered from 0")


class RunPath(InspectionPath):
    """Which run of which inspection."""

    item: Annotated[int, BeforeValidator(_item)] = Field(
        description="Number of the run, from 0.",
        json_schema_extra={"minimum": 0, "maximum": MAXIMUM_RUNS - 1},
    )
