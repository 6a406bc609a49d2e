"""The evidence bundle of a draft of ours: its quantities, and whether what the paper says agrees with them."""
