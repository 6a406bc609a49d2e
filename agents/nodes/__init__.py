"""The graph's nodes: verb and noun, one thing worth resuming each. Every outside effect is safe to repeat."""
