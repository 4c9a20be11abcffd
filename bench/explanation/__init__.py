"""Which way of measuring gives a published number: every way that needs no inference is tried on the same images."""
