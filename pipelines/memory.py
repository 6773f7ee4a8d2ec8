"""Memory that is freed is kept for the next block: to ask the system for it anew costs more than many a feature."""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt(3)
LARGEST_PIECE, MOST_KEPT = 32 << 20, 256 << 20


def keep_freed_memory() -> None:
    """Let the allocator of this process keep what it frees, up to a bound; does nothing where it is not glibc's."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGEST_PIECE)
        mallopt(TRIM_THRESHOLD, MOST_KEPT)
