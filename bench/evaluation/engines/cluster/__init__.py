"""The Ray engine: a driver that writes all records, and workers that make them."""
