"""Folder layouts: recognising which one a copy has, and pairing its images by key."""
