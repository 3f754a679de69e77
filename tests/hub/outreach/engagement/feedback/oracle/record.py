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


def survey_core_answers(folder: Path, chosen: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the answers of the survey-core in the folder's node_modules to the chosen cases, or to all."""
    process = subprocess.run(
        ("node", str(HERE / "oracle.cjs"), str(folder)),
        input=json.dumps(cases() if chosen is None else chosen),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def compact(output: dict[str, Any]) -> dict[str, Any]:
    """Return the answers in short form: whole questionnaires in full, conditions as one digit per response."""
    whole = len(whole_cases())
    digits = "".join("1" if "q" in each["asked"] else "0" for each in output["answers"][whole:])
    sheets = len(digits) // len(CONDITIONS)
    conditions = {each: digits[number * sheets :][:sheets] for number, each in enumerate(CONDITIONS)}
    return {"version": output["version"], "whole": output["answers"][:whole], "conditions": conditions}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        package = f"survey-core@{VERSION}"
        subprocess.run(("npm", "install", "--no-audit", "--no-fund", package), cwd=folder, check=True, timeout=300)
        answers = compact(survey_core_answers(Path(folder)))
    RECORDED.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
