"""Naturalist's pipeline: from a topic to reviewed papers. Floors are described in docs/architecture.md."""

__version__ = "0.1.0"
