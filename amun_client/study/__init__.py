"""Studies: one indicator over many values of a parameter, in rounds, with table and plots."""
