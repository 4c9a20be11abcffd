"""Paper-style tables, in every format."""
