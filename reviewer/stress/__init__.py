"""The planted-flaw bench: what each planted flaw, way of gaming and harmless edit does to a judge of papers."""
