"""Opens networks on ONNX Runtime, all in the same way."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidInput, ModelUnavailable

if TYPE_CHECKING:
    import onnxruntime

DEVICE = "EMOTION_DEVICE"
"""environment variable: `cpu` (the default) or `cuda`, which takes ONNX Runtime's CUDA build"""
PROVIDERS = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
}
ERRORS_ONLY = 3


def providers(wish: str = "") -> list[str]:
    """ONNX Runtime's names of where networks run, the wished place first.

    Args:
        wish: `cpu` or `cuda`; empty: what `$EMOTION_DEVICE` says, else `cpu`

    Raises:
        InvalidInput: for no known device
        ModelUnavailable: if the installed ONNX Runtime cannot use it
    """
    import onnxruntime

    wish = wish or os.environ.get(DEVICE) or "cpu"
    if wish not in PROVIDERS:
        raise InvalidInput(f"{DEVICE}: expected {' or '.join(PROVIDERS)}, got {wish!r}")
    if PROVIDERS[wish][0] not in onnxruntime.get_available_providers():
        raise ModelUnavailable(
            f"{DEVICE}={wish}: the installed ONNX Runtime lacks it; "
            "exchange onnxruntime for onnxruntime-gpu"
        )
    return list(PROVIDERS[wish])


def open_session(
    graph: Path | bytes,
    name: str,
    threads: int = 1,
    without: Sequence[str] = (),
    device: str = "",
) -> "onnxruntime.InferenceSession":
    """A network that answers; one session serves all threads.

    Args:
        graph: file, or its content
        name: of the model, for the message
        threads: that one run may take
        without: names of ONNX Runtime's optimisations to leave out
        device: as for `providers`; networks so small that carrying data costs more are for `cpu`

    Raises:
        InvalidInput: for no known device
        ModelUnavailable: if it cannot be opened
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.enable_mem_pattern = False  # plans for each shape of input stay in memory
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = ERRORS_ONLY
    where = providers(device)
    try:
        return onnxruntime.InferenceSession(
            graph, options, providers=where, disabled_optimizers=list(without)
        )
    except Exception as error:  # onnxruntime raises classes of its own
        raise ModelUnavailable(f"{name}: the network cannot be opened: {error}") from error
