"""The suites of recurrent layers: vanilla, LSTM and GRU."""

from typing import Tuple

from pis.suites.deepbench import origin, requests, rnn_problems, rules, work
from pis.suites.suite import Formula, Phase, Problem, Suite

KERNEL = "rnn"
FORWARD = "forward"
BACKWARD_DATA = "backward_data"
BACKWARD_WEIGHTS = "backward_weights"

_SUMMARY = (
    "One layer in one direction, h[t] = g(W x[t] + U h[t-1]), the input as wide as the hidden "
    "state; W x[t] is computed beforehand and not timed. Vanilla has a ReLU, LSTM the usual sigmoid "
    "and tanh without peepholes, GRU a ReLU or tanh at its output gate."
)
_TRAINS = " Forward, backward to the data and backward to the weights are timed in three loops."
_TRAINING_FORMULAS = (
    Formula("flop of vanilla", "2 T N H^2 + T N H", "T timesteps, N batch, H hidden."),
    Formula("flop of lstm", "8 T N H^2", "Four gates."),
    Formula("flop of gru", "6 T N H^2", "Three gates. The backward phases count as the forward."),
    origin.SPEED,
)
_INFERENCE_FORMULAS = (
    Formula("flop of vanilla", "2 T N H^2 + T N H", "T timesteps, N batch, H hidden."),
    Formula("flop of lstm", "8 T N H^2 + T N H", "Four gates."),
    Formula("flop of gru", "6 T N H^2 + T N H", "Three gates."),
    origin.SPEED,
)
_NO_BACKWARD = "the indicator rnn computes the forward pass alone"
_VARIANTS = (
    "The sheets of training and of inference count LSTM and GRU differently; each list goes by its "
    "own sheets."
)


def _problem(row: rnn_problems.Row, *, trains: bool) -> Problem:
    hidden, batch, timesteps, cell = row
    flop = work.recurrent(cell, hidden, batch, timesteps, inference=not trains)
    parameters = {"hidden": hidden, "batch": batch, "timesteps": timesteps, "cell": cell}
    phases = [Phase(FORWARD, flop, request=requests.recurrence(parameters))]
    if trains:
        phases += [
            Phase(name, flop, unmeasured=_NO_BACKWARD) for name in (BACKWARD_DATA, BACKWARD_WEIGHTS)
        ]
    return Problem(
        name=f"{cell}-h{hidden}-n{batch}-t{timesteps}",
        parameters=parameters,
        phases=tuple(phases),
    )


def _suite(purpose: str, rows: Tuple[rnn_problems.Row, ...], *notes: str) -> Suite:
    trains = purpose == origin.TRAINING
    return Suite(
        name=origin.name(KERNEL, purpose),
        kernel=KERNEL,
        title=origin.title("recurrent layers", purpose),
        summary=_SUMMARY + (_TRAINS if trains else ""),
        reported=origin.reported(purpose),
        precision=origin.precision(purpose),
        source=origin.source("rnn_problems.h"),
        rules=(rules.NVIDIA_RNN,),
        formulas=_TRAINING_FORMULAS if trains else _INFERENCE_FORMULAS,
        notes=(_VARIANTS, *notes),
        problems=tuple(_problem(row, trains=trains) for row in rows),
        rate_unit=origin.rate_unit(purpose),
        calibrations=requests.RNN_CALIBRATIONS,
    )


SUITES = (
    _suite(origin.TRAINING, rnn_problems.TRAINING),
    _suite(origin.SERVER, rnn_problems.SERVER, origin.SHEETS_DIFFER),
    _suite(origin.DEVICE, rnn_problems.DEVICE, origin.SHEETS_DIFFER),
)
