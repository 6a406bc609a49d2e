"""The built-in researcher: an experimenter that works inside what a template declares. No language model at all."""
