"""Test the list of known faults against a lock file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.patience import PATIENCE

PROGRAM = Path(__file__).resolve().parents[2] / "scripts/advisories"
LOCK = "alpha==1.0 \\\n    --hash=sha256:aa\nBeta_Two[extra]==2.1 ; a > '3' \\\n    --hash=sha256:bb\ngamma==3.0\n"


@pytest.fixture(scope="module")
def advisories() -> ModuleType:
    loader = SourceFileLoader("advisories", str(PROGRAM))
    specification = spec_from_loader("advisories", loader)
    assert specification is not None
    module = module_from_spec(specification)
    loader.exec_module(module)
    return module


def test_faults_of_locked_versions_and_gaps_are_listed(advisories: ModuleType) -> None:
    fault = {"id": "INVENTED-1", "fix_versions": ["2.2", "3.0"], "description": ""}
    audit = {
        "dependencies": [
            {"name": "alpha", "version": "0.9", "vulns": [fault]},
            {"name": "beta-two", "version": "2.1", "vulns": [fault]},
            {"name": "gamma", "version": "3.0", "vulns": []},
        ]
    }
    assert advisories.findings(LOCK, audit) == [
        "alpha 1.0: not in the file",
        "beta-two 2.1: INVENTED-1, fixed in 2.2, 3.0",
    ]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps([1]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(file)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 2 and "pip-audit" in done.stderr


def test_an_old_list_is_to_be_made_again(
    advisories: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock, file = tmp_path / "requirements.lock", tmp_path / "audit.json"
    lock.write_text("alpha==1.0\n", encoding="utf-8")
    file.write_text(json.dumps({"dependencies": [{"name": "alpha", "version": "1.0"}]}), encoding="utf-8")
    monkeypatch.setattr(advisories, "LOCK", lock)
    monkeypatch.setattr("sys.argv", ["advisories", str(file)])
    assert advisories.main() == 0
    old = time.time() - 32 * 86400
    os.utime(file, (old, old))
    assert advisories.main() == 1
    assert f"{file} is 32 days old: make it again" in capsys.readouterr().out
