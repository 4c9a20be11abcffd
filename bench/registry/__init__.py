"""Registries of named things, and the specifications by which a user names them."""
