"""Imports run one way, and the contracts that say so can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "lists", "models", "pipelines", "web")

ONE_WAY = "Imports run one way: pipelines > web, models > lists, features > data"
NO_SCORING = "The page and the lists never see how a score is made"
NO_FITTING = "Nothing below models fits anything"
MLFLOW = "Only pipelines.registry imports mlflow"
PREFECT = "Only pipelines imports prefect"
NO_CYCLES = "No import cycles"

VIOLATIONS = [
    ("data", "import features", ONE_WAY),
    ("data", "import lists", ONE_WAY),
    ("features", "import lists", ONE_WAY),
    ("lists", "import features", ONE_WAY),
    ("models", "import web", ONE_WAY),
    ("web", "import models", ONE_WAY),
    ("models", "import pipelines", ONE_WAY),
    ("web", "import features", NO_SCORING),
    ("lists", "import lightgbm", NO_SCORING),
    ("web", "import sklearn.metrics", NO_SCORING),
    ("data", "import sklearn.metrics", NO_FITTING),
    ("features", "import lightgbm", NO_FITTING),
    ("pipelines", "import mlflow", MLFLOW),
    ("models", "import mlflow.lightgbm", MLFLOW),
    ("web", "from prefect import flow", PREFECT),
    ("models", "import prefect.tasks", PREFECT),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def broken(report: str) -> set[str]:
    return {line.partition(" BROKEN")[0] for line in report.splitlines() if " BROKEN" in line}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    report = lint_imports(ROOT)
    assert report.returncode == 0, report.stdout + report.stderr


@pytest.mark.parametrize(("package", "line", "contract"), VIOLATIONS)
def test_a_violation_is_caught(copy: Path, package: str, line: str, contract: str) -> None:
    (copy / package / "intruder.py").write_text(line + "\n")
    report = lint_imports(copy)
    assert report.returncode == 1, report.stdout + report.stderr
    assert contract in broken(report.stdout)


def test_a_cycle_is_caught(copy: Path) -> None:
    (copy / "lists" / "chicken.py").write_text("import lists.egg\n")
    (copy / "lists" / "egg.py").write_text("import lists.chicken\n")
    assert broken(lint_imports(copy).stdout) == {NO_CYCLES}
