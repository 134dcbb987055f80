"""A torch network as an ONNX graph with the names that serving asks for."""

import logging
import warnings
from collections.abc import Mapping, Sequence

import onnx
import torch
from torch import Tensor, nn

OPSET = 20
GRAPH, WEIGHTS = "model.onnx", "model.safetensors"


class _Positional(nn.Module):
    """Calls the network with its inputs in order, whatever their names."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return self.network(*inputs)


def to_onnx(
    network: nn.Module,
    examples: Mapping[str, Tensor],
    sizes: Mapping[str, Mapping[int, str]],
    outputs: Sequence[str],
) -> onnx.ModelProto:
    """Export a network in evaluation mode on the CPU.

    Args:
        network: answers with a tuple, one tensor for each output
        examples: name of each input, in order -> an example
        sizes: name of each input -> axis -> name of a size that varies
        outputs: names, in order

    Raises:
        ValueError: if the network fixes a size that should vary
    """
    named = {n: torch.export.Dim(n) for axes in sizes.values() for n in axes.values()}
    shapes = tuple({axis: named[n] for axis, n in sizes[name].items()} for name in examples)
    for loud in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(loud).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _Positional(network),
            tuple(examples.values()),
            dynamo=True,
            verbose=False,
            input_names=list(examples),
            dynamic_shapes=(shapes,),
            opset_version=OPSET,
        )
    model = program.model_proto  # type: ignore[union-attr]
    _require_sizes(model, sizes)
    model.graph.ClearField("value_info")  # stale shapes make the quantiser fail
    _name_outputs(model, outputs)
    forget_origin(model)
    return model


def forget_origin(model: onnx.ModelProto) -> None:
    """Drop what the exporter notes of each operator: lines and paths of the code it came from."""
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")


def _require_sizes(model: onnx.ModelProto, sizes: Mapping[str, Mapping[int, str]]) -> None:
    """The exporter drops a varying size without a word where the network's code fixes it."""
    for value in model.graph.input:
        for axis, name in sizes.get(value.name, {}).items():
            if not value.type.tensor_type.shape.dim[axis].dim_param:
                raise ValueError(f"the network fixes the size {name!r} of its input {value.name!r}")


def _name_outputs(model: onnx.ModelProto, names: Sequence[str]) -> None:
    """Give the outputs their names; values of those names inside the graph move out of the way."""
    wanted = dict(zip((o.name for o in model.graph.output), names, strict=True))
    taken = {name: f"{name}_" for name in names if name not in wanted}
    renamed = taken | wanted
    for node in model.graph.node:
        for values in (node.input, node.output):
            for i, value in enumerate(values):
                values[i] = renamed.get(value, value)
    for tensor in [*model.graph.initializer, *model.graph.output]:
        tensor.name = renamed.get(tensor.name, tensor.name)
