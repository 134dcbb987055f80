"""How a training runs: the same settings for every kind of network."""

from dataclasses import dataclass


@dataclass
class RunConfig:
    """Devices, machines and logs."""

    devices: int = 1
    """GPUs or, without one, processes; each takes its share of every epoch's batches"""
    machines: int = 1
    """each started with its own NODE_RANK, and MASTER_ADDR of the first"""
    accumulate: int = 1
    """batches whose gradients make one step"""
    find_rate: bool = False
    """whether a short run with rising rates picks the learning rate"""
    tensorboard: str = ""
    """folder of TensorBoard's logs; empty: none"""
    mlflow: str = ""
    """address of an MLflow server, or a folder as `file:...`; empty: none"""

    @property
    def processes(self) -> int:
        """That train together."""
        return self.devices * self.machines
