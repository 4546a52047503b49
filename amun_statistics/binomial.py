"""How high, or how low, a rate may be of which some trials are known."""

from __future__ import annotations


def upper_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The exact one-sided upper bound of the rate behind `hits` of `trials`.

    Source: C. J. Clopper and E. S. Pearson, *The Use of Confidence or Fiducial Limits Illustrated
    in the Case of the Binomial* (1934). It supposes independent trials of one rate.
    """
    return _interval(hits, trials, confidence, "less")[1]


def lower_bound(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The exact one-sided lower bound of the rate behind `hits` of `trials`; see `upper_bound`."""
    return _interval(hits, trials, confidence, "greater")[0]


def _interval(hits: int, trials: int, confidence: float, alternative: str) -> tuple[float, float]:
    from scipy.stats import binomtest  # takes a while to load: whoever asks for a bound pays

    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials are not a rate")
    found = binomtest(hits, trials, alternative=alternative)
    ends = found.proportion_ci(confidence_level=confidence, method="exact")
    return float(ends.low), float(ends.high)
