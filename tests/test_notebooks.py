"""Every notebook runs from top to bottom, and marimo finds nothing wrong with it."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[notebook.stem for notebook in NOTEBOOKS])


def run(*command: str | Path, folder: Path) -> None:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_a_notebook_to_start_with() -> None:
    assert "01_meet_the_voter_file" in [notebook.stem for notebook in NOTEBOOKS]


@each_notebook
def test_a_notebook_runs_as_a_script(notebook: Path, tmp_path: Path) -> None:
    run(notebook, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@each_notebook
def test_marimo_finds_nothing_wrong(notebook: Path, tmp_path: Path) -> None:
    run("-m", "marimo", "check", "--strict", notebook, folder=tmp_path)
