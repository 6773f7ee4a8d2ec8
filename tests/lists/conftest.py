"""Ten voters at six doors, drawn so that every rule of a list meets at least one of them."""

from io import StringIO

import pandas as pd
import pytest

TEN_VOTERS = """
voter_id household_id precinct turnout support asked suppressed      do_not_call do_not_mail do_not_walk
V01      H1           012      0.50    0.90    False  -              False       False       False
V02      H1           012      0.45    0.62    False  -              False       False       False
V03      H2           012      0.50    0.80    True   -              False       False       False
V04      -            014      0.30    0.80    False  -              False       False       False
V05      -            014      0.90    0.95    False  -              False       False       False
V06      H3           014      0.50    0.95    False  moved          False       False       False
V07      H3           014      0.40    0.70    False  -              False       False       True
V08      H4           -        0.75    0.85    False  -              True        False       False
V09      H4           -        0.72    0.50    False  -              False       False       False
V10      H1           012      0.05    0.30    False  -              False       True        False
"""


@pytest.fixture
def candidates() -> pd.DataFrame:
    text = ["voter_id", "household_id", "precinct", "suppressed"]
    frame = pd.read_csv(StringIO(TEN_VOTERS.strip()), sep=r"\s+", dtype=dict.fromkeys(text, "str"), na_values="-")
    return frame.astype({"turnout": "float32", "support": "float32"}).assign(suppressed=frame["suppressed"].fillna(""))
