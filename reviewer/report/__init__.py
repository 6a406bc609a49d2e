"""How good the reviewer is on papers that people decided on: figures with intervals, baselines, plots, a report."""
