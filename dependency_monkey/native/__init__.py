"""Walks over the compiled space: in C where it was built, else the same in Python."""
