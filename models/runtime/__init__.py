"""Running graphs: the only place that knows ONNX Runtime."""
