"""Statistics of per-image values: bootstrap intervals and significance tests."""
