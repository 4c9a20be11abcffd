"""Drawings of physics layers, and the page of the physics experiment."""
