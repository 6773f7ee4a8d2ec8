"""The candidates of a list: everybody scored, and what decides whether they may be contacted."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.parts import read_part
from data.snapshots import Snapshot
from lists.suppressions import suppressed
from lists.take import STATE
from pipelines.records import Scoring


def gather_candidates(root: Path, scoring: Scoring, snapshot: Snapshot, trusted: Sequence[str]) -> pd.DataFrame:
    """Everybody scored, with the trusted scores, whether they were asked, and why they may not be contacted."""
    frames = [read_part(root / "scores", digest).to_pandas() for digest in scoring.parts]
    scored = pd.concat([frame[frame["excluded"] == ""] for frame in frames], ignore_index=True)
    answered = snapshot.read_survey().dropna(subset=["response"])["voter_id"]
    barred = suppressed(root / STATE).set_index("voter_id")["reason"]
    untrusted = [name for name in scoring.models if name not in trusted]
    return scored.drop(columns=["excluded", *untrusted]).assign(
        asked=scored["voter_id"].isin(answered), suppressed=scored["voter_id"].map(barred).astype("str").fillna("")
    )
