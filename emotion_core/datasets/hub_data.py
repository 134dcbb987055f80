"""Data sets of the Hugging Face hub, by name or as a local copy; Parquet only, no code is run."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InvalidInput, MissingDependency

HUB_PREFIX = "hf:"
SHARD = re.compile(r"(?P<split>.+)-\d{5}-of-\d{5}$")
"""`train-00000-of-00002`, as the hub names the parts of a split"""


def hub_folder(name: str) -> Path:
    """Folder of a data set that is downloaded, or lies there already.

    Args:
        name: `owner/name` of the hub, or a folder

    Raises:
        MissingDependency: without huggingface_hub
        InvalidInput: if the hub does not have it, or not as Parquet
    """
    if Path(name).is_dir():
        return Path(name)
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingDependency("huggingface_hub", "hub") from error
    try:
        found = snapshot_download(name, repo_type="dataset", allow_patterns="*.parquet")
    except Exception as error:  # the client raises classes of its own, and those of its network
        raise InvalidInput(
            f"the data set {name!r} cannot be had from the hub: {error}; check the name and the "
            "connection, or download it and give its folder"
        ) from error
    if not any(Path(found).rglob("*.parquet")):
        raise InvalidInput(f"the data set {name!r} has no Parquet files; convert it first")
    return Path(found)


def split_of_shard(stem: str) -> str:
    """The split that a part belongs to, or the name as it is.

    Example:
        >>> split_of_shard("train-00000-of-00002"), split_of_shard("test")
        ('train', 'test')
    """
    found = SHARD.match(stem)
    return found["split"] if found else stem


def class_names(path: Path) -> dict[str, list[str]]:
    """Column of a Parquet file -> what the numbers in it mean, where the hub has said that."""
    import pyarrow.parquet as pq

    said = (pq.read_schema(path).metadata or {}).get(b"huggingface", b"{}")
    names = {}
    for column, feature in json.loads(said).get("info", {}).get("features", {}).items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel":
            names[column] = list(inner["names"])
    return names


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file, with the names of class labels in place of their numbers; -1 is no label."""
    frame = pd.read_parquet(path)
    for column, names in class_names(path).items():
        if column in frame:
            meant = dict(enumerate(names))
            frame[column] = [
                [meant[k] for k in cell if k in meant] if np.ndim(cell) else meant.get(cell, "")
                for cell in frame[column]
            ]
    return frame
