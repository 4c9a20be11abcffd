"""Peak memory of a forward pass, measured in a fresh process."""
