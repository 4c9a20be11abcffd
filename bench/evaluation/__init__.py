"""Evaluation of models and of restored images: the plan of a matrix, its cells, and the engines that run them."""
