"""Sweeps as the client sees them: chosen, sent, watched, reported."""
