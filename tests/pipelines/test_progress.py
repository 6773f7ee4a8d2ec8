import pytest

from pipelines import progress
from pipelines.progress import count


def test_items_without_an_end_are_handed_on_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SLOW", -1)
    assert list(count("rows read", iter(["a", "bcd"]), len)) == ["a", "bcd"]
    assert "rows read: 4 in 0 s" in capsys.readouterr().err
