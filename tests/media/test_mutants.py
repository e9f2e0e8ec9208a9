"""Damaged files by the hundred: each gives a result or one sentence."""

import json
import re
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser import ROOT
from tests.media import mutants

COUNT = 380
"""20 of each of 19 originals."""

LIMIT = 100.0
"""Seconds for all of them; alone on two cores they take 8."""

pytestmark = pytest.mark.timeout(LIMIT + 20)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """How reading each of the mutants ended, as far as the process came."""
    folder = tmp_path_factory.mktemp("mutants")
    command = [sys.executable, "-m", "tests.media.mutants", str(folder), str(COUNT)]
    with (folder / "ends.jsonl").open("w+") as output:
        # In which one it hangs, the test says.
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, cwd=ROOT, stdout=output, timeout=LIMIT, check=False)
        output.seek(0)
        return [json.loads(line) for line in output]


def test_none_hangs_or_crashes(ends: list[dict[str, Any]]) -> None:
    last = ends[-1]["mutant"] if ends else "none"
    assert len(ends) == COUNT, f"the last that ended is {last}"


def test_each_ends_in_a_result_or_a_sentence(ends: list[dict[str, Any]]) -> None:
    assert [end for end in ends if end["end"] == "mistake"] == []
    for end in ends:
        if end["end"] == "refused":
            # One sentence on what is wrong and perhaps one on what to do, not FFmpeg's words.
            assert re.fullmatch(r"[^\n]+[.?]", end["said"]), end
            assert not re.search(r"Errno|Traceback|av\.error|last error", end["said"]), end


def test_the_changes_reach_all_that_can_happen(ends: list[dict[str, Any]]) -> None:
    found = Counter((end["end"], bool(end["said"])) for end in ends)
    assert found["read", False] > 60, "damage that does no harm"
    assert found["read", True] > 30, "damage that is said"
    assert found["refused", True] > 30, "no media any more"


def test_memory_does_not_grow(ends: list[dict[str, Any]]) -> None:
    used = [end["megabytes"] for end in ends]
    quarter = COUNT // 4
    assert np.median(used[-quarter:]) < np.median(used[quarter : 2 * quarter]) + 48


def test_a_mutant_is_made_again_from_its_number(tmp_path: Path) -> None:
    content = bytes(range(256)) * 20
    one, other = (mutants.mutated(content, np.random.default_rng([7, 3])) for _ in range(2))
    assert one == other != content
