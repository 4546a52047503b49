"""Suites from the side of who runs them: cases, what fits, measuring what is missing, tables."""
