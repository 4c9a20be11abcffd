"""Networks that were exported with their weights: ONNX, TorchScript and torch.export files."""
