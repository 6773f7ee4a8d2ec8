"""The silent traps of flat, generically named packages, and of versions that install and then break."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "lists", "models", "pipelines", "web")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
EXTRAS = PROJECT["optional-dependencies"]
PAGES = {PurePosixPath("pipelines") / name for name in ("report.html.j2", "report_card.html.j2", "report.css")}
LOCKS = {
    "requirements.lock": [*PROJECT["dependencies"], *EXTRAS["setup"], *BUILD],
    "requirements-dask.lock": [*PROJECT["dependencies"], *EXTRAS["setup"], *EXTRAS["dask"]],
    "requirements-dev.lock": [
        *PROJECT["dependencies"],
        *EXTRAS["setup"],
        *EXTRAS["dask"],
        *(wanted for wanted in EXTRAS["dev"] if wanted != "propensity[dask]"),
    ],
}
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?: ; (?P<marker>.*?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def pins(lock: str) -> Iterator[tuple[str, Version]]:
    """Every name and version of a lock; a name stands twice when versions differ by Python version."""
    for line in (ROOT / lock).read_text().splitlines():
        if match := PIN.match(line):
            yield match["name"], Version(match["version"])


def imported(package: str) -> set[str]:
    """The top-level names that a package's files import, wherever the import stands."""
    names = set()
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[PurePosixPath]:
    """What a wheel holds that was built without a network from a checkout somebody left data lying about in."""
    checkout, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    for folder in (*PACKAGES, "tests", "notebooks"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for left_behind in ("voters_2026.csv", "scores.parquet", "walk.xlsx", "campaign.toml"):
            (checkout / folder / left_behind).write_text("nobody should ship this\n")
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, checkout)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, "."]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (built,) = out.glob("propensity-*.whl")
    return [PurePosixPath(name) for name in ZipFile(built).namelist()]


def test_the_wheel_holds_our_packages_and_nothing_but_code(wheel: list[PurePosixPath]) -> None:
    ours = [path for path in wheel if not path.parts[0].endswith(".dist-info")]
    assert {path.parts[0] for path in ours} == set(PACKAGES)
    assert {path for path in ours if path.suffix != ".py" and path.parent != PurePosixPath("web/templates")} == PAGES


def test_the_wheel_misses_no_file(wheel: list[PurePosixPath]) -> None:
    written = {file.relative_to(ROOT).as_posix() for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    assert written - {path.as_posix() for path in wheel} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_name_is_ours_alone(package: str) -> None:
    assert set(packages_distributions()[package]) == {"propensity"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_code_is_a_package_with_an_empty_init(package: str) -> None:
    folders = {file.parent for file in (ROOT / package).rglob("*.py")}
    assert folders
    for folder in folders:
        assert (folder / "__init__.py").read_bytes() == b"", folder


def test_no_init_under_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_installed_packages_are_this_checkout() -> None:
    code = f"import {', '.join(PACKAGES)}; print(*({', '.join(f'{p}.__file__' for p in PACKAGES)}), sep='\\n')"
    found = subprocess.run([sys.executable, "-c", code], cwd="/", check=True, capture_output=True, text=True)
    assert [Path(line).parent for line in found.stdout.splitlines()] == [ROOT / package for package in PACKAGES]


def test_it_cannot_be_uploaded() -> None:
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


@pytest.mark.parametrize(("name", "too_new"), [("fastapi", "0.151"), ("sqlalchemy", "2.1"), ("pyarrow", "26")])
def test_versions_known_to_break_are_out_of_bounds(name: str, too_new: str) -> None:
    (declared,) = [r for r in map(Requirement, PROJECT["dependencies"]) if r.name == name]
    assert not declared.specifier.contains(too_new)
    assert Version(version(name)) < Version(too_new)
    assert all(pinned < Version(too_new) for lock in LOCKS for found, pinned in pins(lock) if found == name)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    assert [line for line in lines if "://" in line or "file:" in line or " @ " in line] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_answers_every_requirement_of_the_project(lock: str) -> None:
    pinned = list(pins(lock))
    for requirement in map(Requirement, LOCKS[lock]):
        versions = [found for name, found in pinned if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement} is not in {lock}: run `make lock`"
        assert all(map(requirement.specifier.contains, versions)), f"{requirement} and {lock} differ: run `make lock`"


@pytest.mark.parametrize("larger", ["requirements-dask.lock", "requirements-dev.lock"])
def test_the_other_locks_hold_the_run_time_lock(larger: str) -> None:
    assert set(pins("requirements.lock")) - set(pins(larger)) == set()


def test_the_environment_is_what_the_development_lock_says() -> None:
    locked: dict[str, set[Version]] = {}
    for name, found in pins("requirements-dev.lock"):
        locked.setdefault(name, set()).add(found)
    for requirement in map(Requirement, LOCKS["requirements-dev.lock"]):
        assert Version(version(requirement.name)) in locked[canonicalize_name(requirement.name)], requirement.name


def test_what_the_code_imports_is_declared() -> None:
    wanted = [*PROJECT["dependencies"], *EXTRAS["dask"]]
    declared = {canonicalize_name(Requirement(line).name) for line in wanted}
    known = set(sys.stdlib_module_names) | set(PACKAGES)
    brought_by = packages_distributions()
    for package in PACKAGES:
        for name in imported(package) - known:
            assert declared & {canonicalize_name(by) for by in brought_by.get(name, [])}, f"{package} imports {name}"
