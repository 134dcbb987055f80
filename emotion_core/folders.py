"""What lies in a folder."""

from pathlib import Path


def list_files(root: Path) -> list[Path]:
    """All files below a folder, sorted, without hidden ones (macOS adds `._name` to archives)."""
    return sorted(p for p in root.rglob("*") if not p.name.startswith(".") and p.is_file())
