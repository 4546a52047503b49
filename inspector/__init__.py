"""The hands: claims inspections, makes their environments, measures, records.

`build.py` and `run.py` are the two stages, `claim.py` the lease under which they work, `roles.py`
the processes: dispatcher (outbox to broker), builder, measurer, reaper.
"""
