"""Fitting the model to a practice's own months: what they tell of a scenario, and what not.

Comes in: months as a CSV file or a table, a scenario, the values that are free. Goes out: a frozen
`Calibration`: joint draws from the posterior, checks, scenarios that carry the uncertainty. The
inference takes the simulator as a function; only `simulator` runs the engine.
"""
