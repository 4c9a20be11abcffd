"""Copies of run folders and trainings in experiment trackers: Weights & Biases, MLflow, TensorBoard."""
