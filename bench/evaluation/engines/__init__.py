"""Engines that run a matrix of cells: this process, or the workers of a Ray cluster. The records are the same."""
