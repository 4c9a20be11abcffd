"""What a model costs: multiply-accumulates, time, memory, and where they were measured."""
