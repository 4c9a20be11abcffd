"""Copies of data sets on disk: their official lists, known fingerprints, and verification."""
