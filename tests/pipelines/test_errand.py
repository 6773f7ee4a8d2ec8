import pickle
from pathlib import Path

import pytest

from data.errors import GateRefused, InputError, PropensityError, UsageError
from data.storage import Folder
from pipelines.errand import attempt, check_installation, describe_installation, find_fault
from pipelines.share import Mark

VOTER = "V-canary-4711"
HERE = describe_installation()


def fail_with(error: Exception) -> None:
    raise error


def test_what_a_call_returns_comes_back() -> None:
    assert attempt(str, 7, HERE) == ("7", None)


@pytest.mark.parametrize(
    "error", [InputError("parts cannot be used", ["part 1 is damaged"]), GateRefused("refused", ["worse than a rule"])]
)
def test_an_error_for_people_comes_back_whole(error: PropensityError) -> None:
    result, told = pickle.loads(pickle.dumps(attempt(fail_with, error, HERE)))
    assert result is None
    assert type(told) is type(error)
    assert str(told) == str(error)
    assert vars(told) == vars(error)


def test_of_any_other_error_only_what_and_where() -> None:
    _, told = attempt(fail_with, KeyError(VOTER), HERE)
    assert str(told).startswith("a bug, on a worker: KeyError in test_errand.py, line ")
    _, told = attempt(fail_with, PermissionError(13, "Permission denied", f"/shared/{VOTER}"), HERE)
    assert str(told) == "a worker could not read or write: Permission denied"


def test_a_worker_with_other_versions_does_nothing() -> None:
    other = {**HERE, "lightgbm": "3.0", "propensity": "another"}
    called: list[int] = []
    _, told = attempt(called.append, 1, other)
    assert called == []
    assert isinstance(told, UsageError)
    assert f"lightgbm {HERE['lightgbm']} instead of 3.0, propensity {HERE['propensity']} instead of another" in str(
        told
    )
    with pytest.raises(UsageError, match="same lock file"):
        check_installation(other)
    check_installation(HERE)


def test_an_installation_is_told_by_its_code_too() -> None:
    assert set(HERE) > {"python", "numpy", "pyarrow", "lightgbm", "propensity"}
    assert len(HERE["propensity"]) == 12
    assert "none" not in HERE.values()


def test_a_worker_must_see_what_the_run_sees(tmp_path: Path) -> None:
    mark = Mark(Folder(tmp_path), "campaign.toml", "0" * 64)
    assert "does not see" in str(find_fault(HERE, mark))
    (tmp_path / "campaign.toml").write_text("another campaign")
    assert "--share" in str(find_fault(HERE, mark))
