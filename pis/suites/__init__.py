"""Suites: lists of problems that others published, with their source and their rules.

A suite's folder declares `SUITES`; `catalogue` finds it by looking.
"""
