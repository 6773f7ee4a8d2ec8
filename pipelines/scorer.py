"""The scorer: one part of a snapshot in, its score file and its balance out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.parts import write_part
from data.snapshots import Part, Snapshot
from features.surroundings import Surroundings
from models.model import PropensityModel
from models.scoring import score_voters
from pipelines.balance import PartScore

KEPT = ("household_id", "precinct", "do_not_call", "do_not_mail", "do_not_walk")


@dataclass(frozen=True)
class Scorer:
    """Scores parts of one snapshot into a folder."""

    folder: Path
    snapshot: Snapshot
    models: Mapping[str, PropensityModel]
    surroundings: Surroundings

    def score_part(self, part: Part) -> PartScore:
        """Score one part and keep it; its balance."""
        voters = self.snapshot.read_voters(part)
        scores = score_voters(voters, self.models, self.surroundings)
        for column in KEPT:
            scores[column] = voters[column].to_numpy(object if column in KEPT[:2] else bool)
        reasons, counts = np.unique(scores["excluded"].to_numpy(str), return_counts=True)
        excluded = {str(reason): int(n) for reason, n in zip(reasons, counts, strict=True) if reason}
        sums = {name: float(np.nansum(scores[name].to_numpy(np.float64))) for name in self.models}
        digest = write_part(self.folder, pa.Table.from_pandas(scores, preserve_index=False))
        return PartScore(digest, len(scores), excluded, sums)
