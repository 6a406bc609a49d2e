"""Executors: adapters of the Executor seam, by name."""

EXECUTORS = {"local": "agents.executors.local:LocalExecutor"}
