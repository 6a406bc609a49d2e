"""Integrity gates: what is wrong with a paper whatever its prose says. Each caps the scores; none raises one."""
