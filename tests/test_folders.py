"""Replacing a folder loses nothing."""

from pathlib import Path

import pytest

from ecommerce_analytics.folders import replace_folder


def _folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "file").write_text(content, encoding="utf-8")
    return path


def test_the_new_folder_takes_the_place(tmp_path: Path) -> None:
    """The replaced folder is set aside; a missing one leaves nothing behind."""
    target, old = tmp_path / "target", tmp_path / "old"
    replace_folder(_folder(tmp_path / "first", "1"), target, old)
    assert not old.exists()
    replace_folder(_folder(tmp_path / "second", "2"), target, old)
    assert (target / "file").read_text(encoding="utf-8") == "2"
    assert (old / "file").read_text(encoding="utf-8") == "1"


def test_a_failure_keeps_the_folder(tmp_path: Path) -> None:
    """If the new folder cannot be moved, the earlier one is back in its place."""
    target = _folder(tmp_path / "target", "1")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "missing", target, tmp_path / "old")
    assert (target / "file").read_text(encoding="utf-8") == "1"
