"""What a run of the tests says at its end."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_SUITE: Final = {
    "conftest.py": "from areas import pytest_terminal_summary\n",
    "tests/test_alone.py": "def test_passes(): pass\ndef test_fails(): assert False\n",
    "tests/pages/test_page.py": (
        "import pytest\n"
        "def test_looks(): pytest.skip('no browser, install one')\n"
        "def test_passes(): pass\n"
    ),
}


def test_what_ran_is_counted_and_what_had_no_browser_is_named(tmp_path: Path) -> None:
    """A row for each folder, one for each file that is in none."""
    for name, text in _SUITE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "--numprocesses", "2", "tests"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [line.split() for line in finished.stdout.splitlines()]
    assert ["pages/", "1", "1", "0"] in rows, finished.stdout
    assert ["test_alone.py", "1", "1", "0"] in rows
    assert ["tests/pages/test_page.py::test_looks"] in rows
