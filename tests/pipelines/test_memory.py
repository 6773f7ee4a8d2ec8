import subprocess
import sys

import pytest

# Page faults of ten arrays of 8 MB, made and freed again and again: without it, each time anew.
FAULTS = """
import resource, numpy as np
from pipelines.memory import keep_freed_memory
if {kept}:
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    [np.ones(1 << 20) for _ in range(10)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def count_faults(*, kept: bool) -> int:
    return int(subprocess.check_output([sys.executable, "-c", FAULTS.format(kept=kept)]))


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has mallopt")
def test_what_is_freed_is_used_again() -> None:
    assert count_faults(kept=True) < count_faults(kept=False) / 4
