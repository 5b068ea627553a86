"""Running graphs: the only place that knows ONNX Runtime."""

import os

# Else ONNX Runtime 1.31 keeps a number of this machine in ~/.cache/Microsoft and tells Microsoft what is run.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
