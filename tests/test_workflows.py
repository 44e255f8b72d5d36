"""The CI workflows: pinned, and without their own credentials."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import yaml

from ecommerce_analytics.paths import ROOT

_WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _steps(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_one_commit(path: Any) -> None:
    """Every action is pinned to a commit hash, with its version in a comment."""
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"\buses: (.+)", text)
    assert used
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
    assert not [action for action in used if not pinned.fullmatch(action)]


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_no_checkout_keeps_its_credentials(path: Any) -> None:
    """Checkouts keep no credentials that later steps could push with."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    checkouts = [s for s in _steps(workflow) if s.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert workflow["permissions"] == {"contents": "read"}


def test_known_faults_are_looked_for() -> None:
    """Every requirements file is audited, and updates are proposed for all pinned versions."""
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert any("pip-audit --require-hashes" in step.get("run", "") for step in _steps(ci))
    bot = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    kinds = {update["package-ecosystem"] for update in bot["updates"]}
    assert kinds == {"github-actions", "pip", "docker-compose"}
