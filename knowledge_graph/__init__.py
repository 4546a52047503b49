"""The memory: every inspection, run and sample. The only package that speaks SQL."""
