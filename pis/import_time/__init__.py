"""PiImport: how long the import of a framework takes."""

from pis.declaration import Indicator, Parameter

INDICATOR = Indicator(
    name="import_time",
    title="PiImport",
    version="1",
    stability="canary",
    summary="Time of the first import of the framework in a fresh process: one sample a run, so runs "
    "are what to ask for. Modules of the standard library that the run itself needs are there "
    "already; whether files lie in the page cache is not decided here.",
    parameters=(
        Parameter(
            "reps",
            "integer",
            1,
            "A process imports a module once.",
            unit="1",
            minimum=1,
            maximum=1,
        ),
    ),
    work=None,
    formula="",
    source="",
)
