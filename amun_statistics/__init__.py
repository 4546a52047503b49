"""Estimators, intervals and measures of spread: pure functions of numbers."""
