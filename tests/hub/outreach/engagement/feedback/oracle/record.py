"""Run survey-core from the npm registry in a temporary directory, and record its results.

.venv/bin/python -m tests.hub.outreach.engagement.feedback.oracle.record
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.hub.outreach.engagement.feedback.oracle.cases import CONDITIONS, cases, whole_cases

HERE = Path(__file__).parent
RECORDED = HERE / "recorded.json"
VERSION = "3.1.1"


def asked(folder: Path, chosen: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """What the survey-core in the folder's node_modules answers to those cases; to every one where none is chosen."""
    told = subprocess.run(
        ("node", str(HERE / "oracle.cjs"), str(folder)),
        input=json.dumps(cases() if chosen is None else chosen),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def kept(told: dict[str, Any]) -> dict[str, Any]:
    """The answers in short: whole for whole questionnaires, a digit a sheet for each condition."""
    whole = len(whole_cases())
    digits = "".join("1" if "q" in each["asked"] else "0" for each in told["answers"][whole:])
    sheets = len(digits) // len(CONDITIONS)
    conditions = {each: digits[number * sheets :][:sheets] for number, each in enumerate(CONDITIONS)}
    return {"version": told["version"], "whole": told["answers"][:whole], "conditions": conditions}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        package = f"survey-core@{VERSION}"
        subprocess.run(("npm", "install", "--no-audit", "--no-fund", package), cwd=folder, check=True, timeout=300)
        answers = kept(asked(Path(folder)))
    RECORDED.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
