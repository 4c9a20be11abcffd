"""Drawings of the fields of physics layers, and the results page of the physics experiment."""
