"""A practice's own logs: read, fitted, and turned into values of a scenario.

Comes in: CSV files of calls, absences, logged time and claims. Goes out: fits with errors, tests of
how well they describe the log, and a scenario. Simulates nothing.
"""
