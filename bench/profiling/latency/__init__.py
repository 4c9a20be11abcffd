"""Latency: timed blocks of calls, and whether their figures can be trusted."""
