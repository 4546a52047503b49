"""Every row of the published sheets that we have reproduces from its time and our formula."""

from __future__ import annotations

import math

import pytest

from pis import catalogue
from pis.suites.deepbench import work

MS = 1e-3
TERA, GIGA = 1e12, 1e9

GEMM = [  # m, n, k, ms, published, unit
    (1760, 16, 1760, 0.038, 2.6085052631578947, TERA),
    (1760, 7000, 1760, 3.376, 12.845497630331755, TERA),
    (1760, 7000, 1760, 3.145, 13.788998410174878, TERA),
    (5124, 9124, 2048, 14.924, 12.831254093808631, TERA),
    (8448, 24000, 2816, 87.831, 13.001096013935854, TERA),
    (1760, 7000, 1760, 0.485, 89.41525773195876, TERA),
    (1760, 7000, 1760, 10.0117, 4.331572060688993, TERA),
    (5124, 700, 2048, 0.545, 26.95694091743119, TERA),
    (35, 700, 2048, 0.065, 1.543876923076923, TERA),
    (5124, 700, 2048, 815.305, 18.019677053372664, GIGA),
    (5124, 700, 2048, 212.836, 69.0274803134808, GIGA),
]
SOUND = (700, 161, 1, 4, 32, 20, 5, 0, 0, 2, 2)
LATE = (28, 28, 256, 8, 512, 3, 3, 1, 1, 1, 1)
PICTURE = (224, 224, 3, 16, 64, 3, 3, 1, 1, 1, 1)
CONV = [  # w, h, c, n, k, filter w h, pad w h, stride w h, ms, published, unit
    (SOUND, 0.078, 8.84151794871795, TERA),
    (SOUND, 0.127, 5.430223622047244, TERA),
    (LATE, 0.716, 20.666905743016763, TERA),
    (LATE, 0.741, 19.96964171659919, TERA),
    (LATE, 0.42, 35.2321536, TERA),
    (PICTURE, 0.33, 8.407673018181818, TERA),
    (PICTURE, 0.741, 3.744307821862348, TERA),
    ((28, 28, 512, 1, 1024, 1, 1, 0, 0, 2, 2), 1258.265, 0.16333673431272422, GIGA),
    ((7, 7, 512, 1, 512, 3, 3, 1, 1, 1, 1), 149.422, 1.5473692495081046, GIGA),
]
RNN = [  # cell, hidden, batch, timesteps, inference, ms, published
    ("vanilla", 1760, 16, 50, False, 4.201, 1.180092358962152),
    ("vanilla", 1760, 16, 50, False, 2.881, 1.7207802846233948),
    ("vanilla", 1760, 16, 50, False, 0.588, 8.431238095238095),
    ("lstm", 2048, 128, 25, False, 9.294, 11.553064600817732),
    ("gru", 2816, 32, 1500, False, 223.343, 10.22552096103303),
    ("lstm", 512, 1, 25, True, 1.258, 0.04168648648648649),
    ("gru", 2816, 1, 1500, True, 350.622, 0.20356089463867072),
]
SHAPE = (7680, 1, 2560, 0.95)
ALLREDUCE = [  # floats, processes, ms, published GB/s
    (100000, 2, 0.09, 8.88888888888889),
    (100000, 32, 0.31, 41.29032258064517),
    (4194304, 8, 2.74, 48.98457226277372),
    (16777216, 32, 19, 113.02545515789474),
]


def rate(operations: float, milliseconds: float, unit: float) -> float:
    return operations / (milliseconds * MS) / unit


def same(found: float, printed: float) -> bool:
    # a sheet computes with double precision, in an order that is not known
    return math.isclose(found, printed, rel_tol=1e-15)


@pytest.mark.parametrize(("m", "n", "k", "ms", "printed", "unit"), GEMM)
def test_gemm_rows(m: int, n: int, k: int, ms: float, printed: float, unit: float) -> None:
    assert same(rate(work.gemm(m, n, k), ms, unit), printed)


@pytest.mark.parametrize(("row", "ms", "printed", "unit"), CONV)
def test_conv_rows(row: tuple[int, ...], ms: float, printed: float, unit: float) -> None:
    assert same(rate(work.convolution(*row), ms, unit), printed)


@pytest.mark.parametrize(
    ("phases", "printed"),
    [
        # milliseconds of the phases of one row, and the total that the sheet prints
        ((0.078, 0.127), 0.205),  # no gradient of the input
        ((0.716, 0.741, 0.42), 1.877),
        ((4.201, 2.881, 0.588), 7.67),
    ],
)
def test_totals_of_rows(phases: tuple[float, ...], printed: float) -> None:
    assert same(sum(phases), printed)


def test_the_indicators_count_as_the_sheets_do() -> None:
    for m, n, k, *_ in GEMM:
        assert catalogue.declaration("gemm").work({"m": m, "n": n, "k": k, "batch": 1}) == (
            work.gemm(m, n, k)
        )
    for row, *_ in CONV:
        w, h, c, n, k, filter_w, filter_h, pad_w, pad_h, stride, _ = row
        asked = {
            "batch": n, "input_height": h, "input_width": w, "input_channels": c,
            "filter_height": filter_h, "filter_width": filter_w, "output_channels": k,
            "strides": stride, "padding": "EXPLICIT", "pad_height": pad_h, "pad_width": pad_w,
        }  # fmt: skip
        values, faults = catalogue.declaration("conv2d").check(asked, {})
        assert faults == []
        assert catalogue.declaration("conv2d").work(values) == work.convolution(*row)
    for cell, hidden, batch, steps, inference, *_ in RNN:
        asked = {"cell": cell, "hidden_size": hidden, "batch": batch, "time_steps": steps}
        # inference sheets add T N H to LSTM and GRU: only the suites' tables follow them there
        more = steps * batch * hidden if inference else 0
        assert catalogue.declaration("rnn").work(asked) + more == (
            work.recurrent(cell, hidden, batch, steps, inference=inference)
        )


def test_outputs() -> None:
    assert (work.outputs(700, 20, 0, 2), work.outputs(161, 5, 0, 2)) == (341, 79)
    assert work.outputs(28, 1, 0, 2) == 14


@pytest.mark.parametrize(("cell", "hidden", "batch", "steps", "inference", "ms", "printed"), RNN)
def test_rnn_rows(
    cell: str, hidden: int, batch: int, steps: int, inference: bool, ms: float, printed: float
) -> None:
    flop = work.recurrent(cell, hidden, batch, steps, inference=inference)
    assert same(rate(flop, ms, TERA), printed)


def test_inference_rows_need_their_own_term() -> None:
    training = work.recurrent("lstm", 512, 1, 25, inference=False)
    assert not same(rate(training, 1.258, TERA), 0.04168648648648649)
    assert work.recurrent("lstm", 512, 1, 25, inference=True) == training + 25 * 512


def test_sparse_rows() -> None:
    zeros = work.sparse_sheet(*SHAPE)
    assert same(rate(zeros, 0.029, TERA), 1.2881213793103448)
    assert same(0.181 / 0.029, 6.241379310344827)
    assert same(rate(zeros, 8.455, GIGA), 4.418157303370785)
    assert same(15.427 / 8.455, 1.8246008279124777)
    # the sheets of the iPhone leave out the factor 2
    assert same(rate(zeros / 2, 1.007, GIGA), 18.547924528301888)
    assert same(15.656 / 1.007, 15.547169811320757)


def test_sparse_work_is_the_work_that_is_done() -> None:
    assert work.nonzeros(7680, 2560, 0.95) == 983040
    assert work.sparse(*SHAPE) == 2 * 983040
    assert work.sparse(7680, 1500, 2560, 0.9) == 2 * 1966080 * 1500
    # 1926758.4 entries are expected
    assert work.nonzeros(10752, 3584, 0.95) == 1926758


@pytest.mark.parametrize(("floats", "processes", "ms", "printed"), ALLREDUCE)
def test_allreduce_rows(floats: int, processes: int, ms: float, printed: float) -> None:
    assert same(rate(work.allreduce_bytes(floats, processes), ms, GIGA), printed)


def test_convolution_counted_by_hand() -> None:
    # 3 wide, 2 high, filter 2x1: outputs 2 x 2, taps 2, and 2 operations for each
    assert work.convolution(3, 2, 1, 1, 1, 2, 1, 0, 0, 1, 1) == 2 * 4 * 2
