"""From a topic to a template, and from what was learnt to the next idea. Proposing ideas is a task for the model."""
