"""PiHelloWorld: how long the smallest program takes."""

from pis.declaration import Indicator
from pis.parameters import reps

INDICATOR = Indicator(
    name="hello_world",
    title="PiHelloWorld",
    version="1",
    stability="canary",
    summary="Time from the start of a child interpreter to its end, with the reading of its line "
    "'Hello, World!': fork, start of Python with its site packages, print, exit. The run's own "
    "start cannot be seen from inside it, so each iteration starts another.",
    parameters=(reps(30),),
    work=None,
    formula="",
    source="",
)
