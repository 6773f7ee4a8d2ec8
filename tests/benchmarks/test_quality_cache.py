from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from quality_cache import Cache, Kept, digest, digest_sources

FRAME = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]}, index=["1", "2"])


def ask(frame: pd.DataFrame, *, seed: int = 1) -> None: ...


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new")
    assert cache.find("key") is None
    cache.keep("key", Kept(np.array([0.5, 0.25], np.float32), "model", 1.5))
    found = cache.find("key")
    assert found is not None
    assert (found.predictions.tolist(), found.state, found.seconds) == ([0.5, 0.25], "model", 1.5)


def test_the_same_has_the_same_digest() -> None:
    assert digest(FRAME, "x", partial(ask, FRAME, seed=2)) == digest(
        FRAME.copy(), "x", partial(ask, FRAME.copy(), seed=2)
    )


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(a=[1.0, 2.0]),
        FRAME.rename(columns={"a": "c"}),
        FRAME.set_axis(["1", "3"]),
        FRAME.iloc[::-1],
        partial(ask, FRAME, seed=2),
        partial(ask, FRAME.assign(a=0.0)),
    ],
    ids=["a value", "a column's name", "a voter", "the order", "a setting", "a frame of a call"],
)
def test_what_differs_has_another_digest(other: object) -> None:
    assert digest(other) not in (digest(FRAME), digest(partial(ask, FRAME)))


def test_code_is_known_by_what_it_does(tmp_path: Path) -> None:
    texts = [
        'def f():\n    """Says."""\n    return 1\n',
        'def f():\n    "Is."\n    # why\n    return 1\n',
        "def f():\n    return 2\n",
    ]
    files = [tmp_path / f"{number}.py" for number in range(3)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    said, commented, other = (digest_sources([file]) for file in files)
    assert said == commented != other
