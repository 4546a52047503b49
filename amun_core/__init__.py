"""The vocabulary of Amun: pure data and rules, no I/O, no imports of the other packages."""
