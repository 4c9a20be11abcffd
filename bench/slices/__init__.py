"""Slices of a data set by an attribute of its images, and where a model wins and loses."""
