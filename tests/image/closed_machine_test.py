"""Test what closes the machine: the firewall, its way to the hub, and what listens or asks for a login."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from image import build
from tests.support.patience import PATIENCE

TREE = Path(__file__).resolve().parents[2] / "image/root"


@pytest.fixture(scope="module")
def firewall() -> ModuleType:
    """Return the program of the image that opens the way to the hub."""
    loader = importlib.machinery.SourceFileLoader("firewall", str(TREE / "usr/lib/kiosk/firewall"))
    specification = importlib.util.spec_from_loader("firewall", loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("settings", "ports"),
    [
        ({"central": {"driver": "hub", "url": "https://hub.example.org"}}, [443]),
        ({"central": {"driver": "hub", "url": "http://192.0.2.7:8000"}}, [8000]),
        ({"central": {"driver": "sip2", "host": "sip.example.org"}}, [6001]),
        (
            {
                "central": {"driver": "sip2", "host": "sip.example.org", "port": 6443},
                "hub": {"url": "https://hub.example.org"},
            },
            [443, 6443],
        ),
        ({}, []),
    ],
)
def test_only_the_ports_of_hub_and_library_system_are_open(
    firewall: ModuleType, settings: dict[str, Any], ports: list[int]
) -> None:
    assert firewall.ports(settings) == ports
    assert firewall.rules(ports).startswith("flush set inet kiosk hub_ports\n")


def test_rules_are_valid(firewall: ModuleType, tmp_path: Path) -> None:
    nft = shutil.which("nft", path="/usr/sbin:/usr/bin")
    if nft is None:
        pytest.skip("nft is not here: apt-get install nftables")
    text = (TREE / "etc/nftables.conf").read_text(encoding="ascii")
    # The users of the image are none of this machine's.
    for user in ("systemd-network", "systemd-resolve", "systemd-timesync", "kiosk }"):
        text = text.replace(user, "nobody }" if user.endswith("}") else "nobody")
    rules = tmp_path / "rules.nft"
    rules.write_text(text + firewall.rules([443, 6001]), encoding="ascii")
    done = subprocess.run([nft, "-c", "-f", str(rules)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft may not check rules here")
    assert done.returncode == 0, done.stderr


def test_nothing_comes_in_and_little_goes_out() -> None:
    text = (TREE / "etc/nftables.conf").read_text(encoding="ascii")
    assert text.count("policy drop;") == 3 and "policy accept" not in text
    assert "tcp dport" not in text.split("chain input")[1].split("chain forward")[0], "no service is reachable"


def test_no_login_and_no_key_combination_are_left() -> None:
    assert {"getty@.service", "serial-getty@.service", "autovt@.service", "ctrl-alt-del.target"} <= set(build.MASKED)
    packages = build.package_names(
        tomllib.loads((TREE.parent / "settings.toml").read_text(encoding="utf-8")), "debian", "pi4"
    )
    assert "openssh-server" not in packages
    assert "kernel.sysrq = 0" in (TREE / "etc/sysctl.d/90-kiosk.conf").read_text(encoding="ascii")
