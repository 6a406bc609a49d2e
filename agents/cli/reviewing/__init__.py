"""`naturalist reviewer`: the reviewer by itself, fitted and judged on papers that people reviewed."""
