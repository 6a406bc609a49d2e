"""Executors: adapters of the Executor seam. workplace.py, higher in the house, opens the one that was asked for."""
