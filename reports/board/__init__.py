"""The board: the numbers of all runs as rows of models and columns of data sets, with notes and published numbers."""
