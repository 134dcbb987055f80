"""REST service over `emotion_core`."""

import os

# The official builds of ONNX Runtime send usage data and write a session file; set before its
# import, this keeps the service from both.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
