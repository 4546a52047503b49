"""Comparisons from the side of who asks: arms, request, progress, verdict in words, gate."""
