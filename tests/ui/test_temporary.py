"""Uploads on a disk: who may read them, and that none is left behind."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ui import temporary
from ui.evaluation_own_file import OwnFile
from ui.tables import exported
from ui.temporary import PREFIX, TOLD, folder_of_process, temporary_folder
from ui.text_jobs import inspected

UPLOADS = """
import sys
from ui.evaluation_own_file import OwnFile
own = OwnFile("1", "my face.png")
own.path.write_bytes(b"a face")
print(own.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """In the place of the system's folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    temporary._made.cache_clear()
    yield tmp_path
    temporary._made.cache_clear()


def test_an_upload_of_a_killed_process_goes_when_the_next_one_starts(folder: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", UPLOADS],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        assert path.name == "my face.png"
        root = path.parent.parent
        assert root.name.startswith(f"{PREFIX}{process.pid}-")
        assert root.stat().st_mode & 0o777 == 0o700
        folder_of_process()
        assert path.exists()
        process.kill()
    assert path.exists()
    temporary._made.cache_clear()
    folder_of_process()
    assert not root.exists()


def test_a_folder_of_a_process_that_had_our_number_goes(folder: Path):
    left = folder / f"{PREFIX}{os.getpid()}-before"
    left.mkdir()
    made = folder_of_process()
    assert list(folder.iterdir()) == [made]
    assert folder_of_process() == made


@pytest.mark.parametrize("name", ["1-init", "x-y", "99999999999999999999-y", "²-y"])
def test_folders_of_others_stay(folder: Path, name: str):
    (folder / f"{PREFIX}{name}").mkdir()
    folder_of_process()
    assert (folder / f"{PREFIX}{name}").exists()


def test_a_folder_that_was_cleaned_away_is_made_again():
    folder_of_process().rmdir()
    assert folder_of_process().is_dir()


def test_every_upload_goes_with_its_use(folder: Path):
    own = OwnFile("1", "a.csv")
    own.path.write_bytes(b"truth\njoy\n")
    assert own.path.is_relative_to(folder_of_process())
    del own
    inspected("a.csv", b"text\nso glad\n")
    with temporary_folder() as inside:
        assert inside.parent == folder_of_process()
    assert list(folder_of_process().iterdir()) == []


def test_the_pages_say_where_uploads_lie(app: AppTest):
    assert any(TOLD in c.value for c in app.caption)
    app.switch_page("pages/build/training.py").run()
    assert any(TOLD in c.value for c in app.caption)
    app.switch_page("pages/background/evaluation.py")
    app.session_state["evaluation_tab"] = ":material/upload_file: Your own test"
    app.run()
    assert any(TOLD in c.value for c in app.caption)
    app.switch_page("pages/background/about.py").run()
    assert "a private temporary folder" in app.markdown[0].value


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_download_is_made_in_memory(monkeypatch: pytest.MonkeyPatch, ending: str):
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("nothing is to be written to a disk")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    frame = pd.DataFrame(
        {"source": ["my face.png"], "uncertain": pd.array([True], "boolean"), "label": ["joy"]}
    )
    assert b"my face.png" in exported(frame, ending)
