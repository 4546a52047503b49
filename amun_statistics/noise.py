"""Noise of known shape, for the simulations that check the estimators."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Draw = Callable[["np.random.Generator", tuple[int, ...]], "NDArray[np.float64]"]

#: Share of values in the far mode, and how far it lies in units of a mode's own deviation.
_FAR_SHARE = 0.35
_FAR = 5.0
_OUTLIER_SHARE = 0.05
_OUTLIER = 6.0


def _normal(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return random.standard_normal(shape)


def _skewed(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return random.standard_exponential(shape) - 1.0


def _bimodal(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    far = random.random(shape) < _FAR_SHARE
    deviation = math.sqrt(1 + _FAR**2 * _FAR_SHARE * (1 - _FAR_SHARE))
    drawn: NDArray[np.float64] = random.standard_normal(shape) + _FAR * (far - _FAR_SHARE)
    return drawn / deviation


def _heavy_tailed(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return random.standard_t(3, shape) / math.sqrt(3)


def _outliers(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    far = random.random(shape) < _OUTLIER_SHARE
    deviation = math.sqrt(1 + _OUTLIER_SHARE * (_OUTLIER**2 - 1))
    drawn: NDArray[np.float64] = random.standard_normal(shape) * (1 + (_OUTLIER - 1) * far)
    return drawn / deviation


#: Each has mean 0 and standard deviation 1; heavy-tailed is Student's t with 3 degrees of freedom.
SHAPES: dict[str, Draw] = {
    "normal": _normal,
    "skewed": _skewed,
    "bimodal": _bimodal,
    "heavy-tailed": _heavy_tailed,
}

#: What blocks look like: symmetric about the truth, with far values.
BLOCK_SHAPES: dict[str, Draw] = {
    "normal": _normal,
    "heavy-tailed": _heavy_tailed,
    "outliers": _outliers,
}


def log_seconds(
    draw: Draw, random: np.random.Generator, trials: int, runs: int, iterations: int, spread: float
) -> NDArray[np.float64]:
    """Log-seconds of iterations, shape (trials, runs, iterations), correlated 0.5 within a run.

    Half of the variance `spread`^2 is the run's own, half the iteration's, both of the same shape.
    """
    share = spread * math.sqrt(0.5)
    of_run = draw(random, (trials, runs, 1))
    of_iteration = draw(random, (trials, runs, iterations))
    return share * of_run + share * of_iteration
