"""One command each; the last line of each is one JSON object with a ratio or a difference."""
