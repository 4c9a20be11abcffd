"""Cost of models: multiply-accumulates, latency and memory."""
