"""Small pieces with plain names: what keeps the house easy to read is checked, not hoped for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "lists", "models", "pipelines", "web")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "constants", "core"}
LINES_OF_A_FILE = 300
LINES_OF_A_BODY = 50
CLOCKS = {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time"}
ENVIRONMENT = {"os.environ", "os.getenv"}
KEEPERS_OF_TIME = {ROOT / "data" / "campaign.py"}  # writes when the campaign was made, and since when it is held

Function = ast.FunctionDef | ast.AsyncFunctionDef

each_file = pytest.mark.parametrize("file", FILES, ids=[file.relative_to(ROOT).as_posix() for file in FILES])


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines from the first statement to the last; the docstring does not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def public(tree: ast.Module) -> Iterator[ast.ClassDef | Function]:
    """Classes and functions that other files may use; methods are told by their class."""
    return (node for node in tree.body if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"))


def mentions(tree: ast.AST, names: set[str]) -> list[int]:
    """The lines on which one of the dotted names stands."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node) in names]


@each_file
def test_a_file_is_short_and_called_by_a_noun(file: Path) -> None:
    assert file.stem not in GRAB_BAGS
    assert len(file.read_text().splitlines()) <= LINES_OF_A_FILE


@each_file
def test_a_function_is_short(file: Path) -> None:
    long = {f.name: body_lines(f) for f in functions(ast.parse(file.read_text())) if body_lines(f) > LINES_OF_A_BODY}
    assert long == {}


@each_file
def test_what_is_public_says_what_it_is(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert file.name == "__init__.py" or ast.get_docstring(tree)
    assert [node.name for node in public(tree) if not ast.get_docstring(node)] == []


@each_file
def test_below_the_edge_nothing_reads_the_clock_or_the_environment(file: Path) -> None:
    if file.parent != ROOT / "pipelines":
        tree = ast.parse(file.read_text())
        assert mentions(tree, ENVIRONMENT) == []
        assert file in KEEPERS_OF_TIME or mentions(tree, CLOCKS) == []


def test_the_rules_can_fail() -> None:
    tree = ast.parse(
        "import os\n"
        "from datetime import date\n"
        "def long(x: int) -> object:\n"
        + "    x += 1\n" * (LINES_OF_A_BODY + 1)
        + "    return os.environ, date.today(), x\n"
    )
    (function,) = functions(tree)
    assert body_lines(function) == LINES_OF_A_BODY + 2
    assert [node.name for node in public(tree)] == ["long"]
    assert mentions(tree, ENVIRONMENT) and mentions(tree, CLOCKS)
