"""Performance indicators: they travel into the run, with the standard library and nothing of ours.

`catalogue` is what the service reads; `__main__` is what a run starts. The syntax is that of
Python 3.6, since old images are inspected too.
"""
