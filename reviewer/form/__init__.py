"""The NeurIPS form from what is measured of text and evidence: documented weights, and sentences that go with them."""
