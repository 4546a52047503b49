"""The suites of convolutions of images, forward and, for training, backward."""

from typing import Tuple

from pis.suites.deepbench import conv_problems, origin, requests, rules, work
from pis.suites.suite import Formula, Phase, Problem, Rule, Suite

KERNEL = "conv"
FORWARD = "forward"
BACKWARD_DATA = "backward_data"
BACKWARD_WEIGHTS = "backward_weights"
FIELDS = (
    "w",
    "h",
    "c",
    "n",
    "k",
    "filter_w",
    "filter_h",
    "pad_w",
    "pad_h",
    "stride_w",
    "stride_h",
)

#: Channels of a sound or of a picture: the layer is the first, nothing is propagated beyond it.
_INPUT_CHANNELS = (1, 3)
_FIRST_LAYER = "the data of a network's first layer has no gradient (c is 1 or 3)"
_SUMMARY = (
    "Convolution in the order NCHW: n images of h x w with c channels, k filters of "
    "filter_h x filter_w."
)
_TRAINS = (
    " Forward, backward to the data and backward to the weights are timed in three loops; their "
    "sum is the total."
)
_FORMULAS = (
    Formula(
        "flop",
        "2 P Q n k c filter_w filter_h",
        "Direct convolution, taps on padding counted, whatever algorithm runs; the same number for "
        "each phase, over that phase's time.",
    ),
    Formula("P", "1 + floor((w - filter_w + 2 pad_w) / stride_w)", "Width of the output."),
    Formula("Q", "1 + floor((h - filter_h + 2 pad_h) / stride_h)", "Height of the output."),
    origin.SPEED,
)
_TOO_FAST = "A fast algorithm (Winograd, FFT) may show a rate above the peak of the hardware."
_LEFT_OUT = (
    "The device sheets have one problem more, which the list has commented out: w 151, h 40, c 1, "
    "k 32, filter 20x5, pad 8, stride 8x2."
)


def _problem(row: conv_problems.Row, *, trains: bool) -> Problem:
    w, h, c, n, k, filter_w, filter_h, pad_w, pad_h, stride_w, stride_h = row
    flop = work.convolution(*row)
    parameters = dict(zip(FIELDS, row))
    phases = [Phase(FORWARD, flop, request=requests.convolution(parameters, FORWARD))]
    if trains:
        absent = _FIRST_LAYER if c in _INPUT_CHANNELS else None
        data = requests.convolution(parameters, BACKWARD_DATA)
        weights = requests.convolution(parameters, BACKWARD_WEIGHTS)
        phases += [
            Phase(BACKWARD_DATA, flop, absent, data),
            Phase(BACKWARD_WEIGHTS, flop, request=weights),
        ]
    return Problem(
        name=(
            f"w{w}-h{h}-c{c}-n{n}-k{k}-f{filter_w}x{filter_h}-p{pad_w}x{pad_h}"
            f"-s{stride_w}x{stride_h}"
        ),
        parameters=parameters,
        phases=tuple(phases),
    )


def _suite(
    purpose: str,
    rows: Tuple[conv_problems.Row, ...],
    measured: Tuple[Rule, ...],
    notes: Tuple[str, ...] = (),
) -> Suite:
    trains = purpose == origin.TRAINING
    return Suite(
        name=origin.name(KERNEL, purpose),
        kernel=KERNEL,
        title=origin.title("convolutions", purpose),
        summary=_SUMMARY + (_TRAINS if trains else ""),
        reported=origin.reported(purpose),
        precision=origin.precision(purpose),
        source=origin.source("conv_problems.h"),
        rules=measured,
        formulas=_FORMULAS,
        notes=(origin.UNPADDED, _TOO_FAST, *notes),
        problems=tuple(_problem(row, trains=trains) for row in rows),
        rate_unit=origin.rate_unit(purpose),
        calibrations=requests.CONV_CALIBRATIONS,
    )


SUITES = (
    _suite(origin.TRAINING, conv_problems.TRAINING, (rules.NVIDIA_CONV, rules.INTEL_CONV)),
    _suite(
        origin.SERVER,
        conv_problems.SERVER,
        (rules.NVIDIA_CONV, rules.INTEL_CONV),
        (origin.SHEETS_DIFFER,),
    ),
    _suite(
        origin.DEVICE,
        conv_problems.DEVICE,
        (rules.ARM_CONV, rules.NVIDIA_CONV),
        (_LEFT_OUT, origin.SHEETS_DIFFER),
    ),
)
