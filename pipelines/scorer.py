"""The scorer: one part of a snapshot in, its score file and its balance out."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd
import pyarrow as pa

from data.parts import as_frame, read_part, write_part
from data.snapshots import Part
from data.storage import Place
from models.scoring import score_voters
from pipelines.balance import PartScore, read_receipt, write_receipt
from pipelines.memory import keep_freed_memory
from pipelines.plan import Plan, read_plan

PLACES = ("household_id", "precinct")
KEPT = (*PLACES, "do_not_call", "do_not_mail", "do_not_walk")
LOADING = Lock()


@dataclass(frozen=True)
class Scorer:
    """Scores parts from where a snapshot is into where scores are kept, by the plan of that digest which is there too.

    It holds no voter and no model, so that a worker anywhere can be given it.
    """

    source: Place
    target: Place
    plan: str

    def score_part(self, part: Part) -> PartScore:
        """Score one part and keep it; its balance. What was scored by the same plan before is taken as it is."""
        return read_receipt(self.target, self.plan, part) or self.score_anew(part)

    def score_anew(self, part: Part) -> PartScore:
        """Score one part, keep it, and leave a receipt beside it."""
        with LOADING:
            plan = load_plan(self.target, self.plan)
            warnings = plan.scorer.warnings
        voters = read_part(self.source, part.voters)
        scores = score_voters(as_frame(voters), plan.scorer, plan.surroundings)
        digest = write_part(self.target, to_table(scores, voters), repeating=("excluded", *PLACES))
        score = PartScore(digest, len(scores), count_excluded(scores), sum_scores(scores, plan), warnings)
        write_receipt(self.target, self.plan, part, score)
        return score


@lru_cache(maxsize=1)
def load_plan(folder: Place, digest: str) -> Plan:
    """The plan, read once a process, which from then on keeps its memory."""
    keep_freed_memory()
    return read_plan(folder, digest)


def to_table(scores: pd.DataFrame, voters: pa.Table) -> pa.Table:
    """The scores beside what decides about a contact, as they are kept."""
    columns = {name: pa.Array.from_pandas(scores[name]) for name in scores.columns if name != "voter_id"}
    return pa.table({"voter_id": voters["voter_id"], **columns, **{name: voters[name] for name in KEPT}})


def count_excluded(scores: pd.DataFrame) -> dict[str, int]:
    """How many voters are not scored, by reason."""
    counts = scores["excluded"].value_counts()
    return {str(reason): int(count) for reason, count in sorted(counts.items()) if reason and count}


def sum_scores(scores: pd.DataFrame, plan: Plan) -> dict[str, float]:
    """The sum of each outcome's scores."""
    return {name: float(np.nansum(scores[name].to_numpy(np.float64))) for name in plan.models}
