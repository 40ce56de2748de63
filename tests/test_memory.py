"""Freed memory goes back to the system."""

from pathlib import Path

import pytest

from alectors import memory

STATM = Path("/proc/self/statm")


def resident() -> int:
    return int(STATM.read_text().split()[1]) * 4096


@pytest.mark.skipif(not STATM.exists() or memory._malloc_trim() is None, reason="needs glibc")
def test_what_is_freed_goes_back() -> None:
    pieces = [bytes(60_000) for _ in range(4_000)]  # Small enough for the heap: 240 MB.
    last = pieces.pop()  # The end of the heap stays in use, so that glibc keeps what is below.
    del pieces
    before = resident()
    memory.release_memory()
    assert before - resident() > 100e6
    assert len(last) == 60_000


def test_where_there_is_no_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_malloc_trim", lambda: None)
    memory.release_memory()
