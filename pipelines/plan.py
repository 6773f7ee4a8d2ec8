"""The plan of a scoring: everything but the voters that scores depend on, in one file named by its digest."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.durable import write_file
from data.parts import read_verified
from features.surroundings import Surroundings, surroundings_from
from models.fast_scorer import FastScorer
from models.model import PropensityModel, read_model

MODELS, SURROUNDINGS, SAMPLE = "models/", "surroundings", "sample"


@dataclass(frozen=True)
class Plan:
    """The models by outcome, the surroundings, and features of some voters, on which the fast scorer checks itself."""

    models: Mapping[str, PropensityModel]
    surroundings: Surroundings
    sample: pd.DataFrame

    @cached_property
    def scorer(self) -> FastScorer:
        """All the models as one scorer."""
        return FastScorer.build(self.models, self.sample)

    def to_bytes(self) -> bytes:
        """The plan as a zip archive; the same plan gives the same bytes."""
        files = {f"{MODELS}{name}": model.to_bytes() for name, model in self.models.items()}
        files |= {SURROUNDINGS: self.surroundings.to_bytes(), SAMPLE: _to_arrow(self.sample)}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content)
        return buffer.getvalue()


def plan_from(content: bytes) -> Plan:
    """The plan that `to_bytes` wrote; the caller checks the digest first."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.startswith(MODELS)]
        models = {name.removeprefix(MODELS): read_model(archive.read(name)) for name in names}
        return Plan(models, surroundings_from(archive.read(SURROUNDINGS)), _from_arrow(archive.read(SAMPLE)))


def store_plan(folder: Path, plan: Plan) -> str:
    """Keep the plan under its digest; the digest."""
    content = plan.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    write_file(folder / plan_name(digest), content)
    return digest


def read_plan(folder: Path, digest: str) -> Plan:
    """The plan of that digest; InputError when it is missing or damaged."""
    return plan_from(read_verified(folder / plan_name(digest), digest))


def plan_name(digest: str) -> str:
    """The name of a plan's file."""
    return f"{digest}.plan"


def _to_arrow(features: pd.DataFrame) -> bytes:
    table = pa.Table.from_pandas(features, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _from_arrow(content: bytes) -> pd.DataFrame:
    return pa.ipc.open_file(pa.py_buffer(content)).read_all().to_pandas()
