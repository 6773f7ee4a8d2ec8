"""What the documents say exists: commands, options, exit codes, make's verbs, decisions, files, words."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from data import errors
from pipelines.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "GLOSSARY.md", *DECISIONS]
COMMANDS = typer.main.get_command(app).commands
WORDS = (
    *("voter file", "vote history", "universe", "target list", "ID", '"1s and 2s"', "canvass result", "turnout score"),
    *("support score", "GOTV", "persuasion", "household", "turf", "walk list", "suppression", "already voted"),
    *("snapshot", "as-of date", "like election", "backtest", "gate", "list version"),
)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=[document.stem for document in DOCUMENTS])


def code_lines(text: str, program: str) -> list[str]:
    """The lines of code blocks that call the program."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith(f"{program} ")]


def inline_calls(text: str, program: str) -> list[str]:
    """The calls of the program that stand in a sentence, between backticks."""
    return re.findall(rf"(?<!`)`({program} [^`\n]+)`", text)


def parse(line: str) -> None:
    """Parse a command line without running it; raises if the command, an option or a value is not known."""
    _, name, *words = shlex.split(line, comments=True)
    COMMANDS[name].make_context(name, words)


def promise(call: str) -> None:
    """Raises if the command or an option of an inline call, which may leave out arguments, is not known."""
    _, name, *words = shlex.split(call)
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known, call


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("line", code_lines(README.read_text(), "propensity"))
def test_a_command_line_of_the_readme_can_be_typed(line: str) -> None:
    parse(line)


def test_the_readme_shows_every_command() -> None:
    text = README.read_text()
    named = {shlex.split(call, comments=True)[1] for call in code_lines(text, "propensity")}
    named |= {call.split()[1] for call in inline_calls(text, "propensity")}
    assert named == set(COMMANDS)


@each_document
def test_no_document_promises_a_command_that_is_not_there(document: Path) -> None:
    for call in inline_calls(document.read_text(), "propensity"):
        promise(call)


@each_document
def test_no_document_promises_a_verb_that_make_does_not_know(document: Path) -> None:
    text = document.read_text()
    calls = code_lines(text, "make") + inline_calls(text, "make")
    assert {call.split()[1] for call in calls} <= make_targets()


@each_document
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_states_the_exit_codes() -> None:
    stated = {int(code) for code in re.findall(r"^\| (\d) \|", README.read_text(), re.MULTILINE)}
    classes = (errors.PropensityError, *errors.PropensityError.__subclasses__())
    assert stated == {0, *(one.exit_code for one in classes)}


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]
    assert all(path.suffix == ".md" for path in DECISIONS)


@pytest.mark.parametrize("decision", DECISIONS, ids=[decision.stem for decision in DECISIONS])
def test_a_decision_has_its_number_and_its_parts(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Considered", "Consequences"]


def test_a_decision_that_is_referred_to_is_there() -> None:
    sources = [
        file
        for folder in ("data", "features", "lists", "models", "pipelines")
        for file in (ROOT / folder).rglob("*.py")
    ]
    named = {name for file in (*sources, *DOCUMENTS) for name in re.findall(r"\d{4}-[a-z-]+\.md", file.read_text())}
    assert named <= {path.name for path in DECISIONS}


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_explains_the_words_of_the_field(word: str) -> None:
    glossary = (ROOT / "docs" / "GLOSSARY.md").read_text()
    explained = {term.lower() for term in re.findall(r"\*\*([^*]+)\*\*", glossary)}
    assert word.lower() in explained


def test_the_rules_can_fail() -> None:
    with pytest.raises(KeyError):
        parse("propensity dance")
    with pytest.raises(Exception, match="No such option"):
        parse("propensity pull gotv --best 500 --out walk.csv")
    with pytest.raises(Exception, match="Missing parameter"):
        parse("propensity pull gotv  # where to?")
    with pytest.raises(AssertionError):
        promise("propensity run --fast")
    assert inline_calls("Type `propensity rollback gotv --to 3`.", "propensity") == ["propensity rollback gotv --to 3"]
    assert code_lines("```\npropensity run\n```\npropensity pull\n", "propensity") == ["propensity run"]
