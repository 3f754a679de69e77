"""Test what closes the machine: the firewall, its way to the hub, and what listens or asks for a login."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from image import build
from tests.image.programs import TREE, load_program
from tests.support.patience import PATIENCE


@pytest.fixture(scope="module")
def access() -> ModuleType:
    """Return the program of the image that opens what kiosk.toml names."""
    return load_program("access")


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
    access: ModuleType, settings: dict[str, Any], ports: list[int]
) -> None:
    assert access.ports(settings) == ports
    assert access.firewall_rules(ports, has_shell=False).startswith("flush set inet kiosk hub_ports\n")


def test_rules_are_valid(access: ModuleType, tmp_path: Path) -> None:
    nft = shutil.which("nft", path="/usr/sbin:/usr/bin")
    if nft is None:
        pytest.skip("nft is not here: apt-get install nftables")
    text = (TREE / "etc/nftables.conf").read_text(encoding="ascii")
    # The users of the image are none of this machine's.
    for user in ("systemd-network", "systemd-resolve", "systemd-timesync", "kiosk }"):
        text = text.replace(user, "nobody }" if user.endswith("}") else "nobody")
    rules = tmp_path / "rules.nft"
    rules.write_text(text + access.firewall_rules([443, 6001], has_shell=True), encoding="ascii")
    done = subprocess.run([nft, "-c", "-f", str(rules)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft may not check rules here")
    assert done.returncode == 0, done.stderr


def test_nothing_comes_in_and_little_goes_out() -> None:
    text = (TREE / "etc/nftables.conf").read_text(encoding="ascii")
    assert text.count("policy drop;") == 3 and "policy accept" not in text
    incoming = re.findall("[a-z]+ dport [^ ]+", text.split("chain input")[1].split("chain forward")[0])
    assert incoming == ["tcp dport @shell_ports", "udp dport 68", "udp dport 546"], "no service is reachable"


def test_shell_is_closed_unless_the_file_has_a_key(access: ModuleType) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE technician"
    assert access.ssh_key({"kiosk": {"ssh_key": key}}) == f"{key}\n"
    assert access.ssh_key({"kiosk": {"ssh_key": f"{key}\nssh-rsa second"}}) == "", "one line is one key"
    assert access.ssh_key({"kiosk": {}}) == access.ssh_key({}) == access.ssh_key({"kiosk": {"ssh_key": "x"}}) == ""
    assert "add element" not in access.firewall_rules([], has_shell=False)
    assert "add element inet kiosk shell_ports { 22 }" in access.firewall_rules([], has_shell=True)
    assert {"ssh.service", "ssh.socket"} <= set(build.DISABLED)


def test_only_the_readers_of_the_file_may_type(access: ModuleType) -> None:
    device = "/dev/input/by-id/usb-ACME_Scanner-event-kbd"
    rule = access.input_rules({"barcode_scanner": {"driver": "keyboard", "device": device}})
    assert rule.count("\n") == 1 and 'SYMLINK=="input/by-id/usb-ACME_Scanner-event-kbd", GROUP="input"' in rule
    assert access.input_rules({"barcode_scanner": {"driver": "serial", "device": device}}) == ""
    assert access.input_rules({"card_reader": {"driver": "keyboard", "device": '/dev/input/x", RUN+="y'}}) == ""


def test_no_login_and_no_key_combination_are_left() -> None:
    assert {"getty@.service", "serial-getty@.service", "autovt@.service", "ctrl-alt-del.target"} <= set(build.MASKED)
    packages = build.package_names(
        tomllib.loads((TREE.parent / "settings.toml").read_text(encoding="utf-8")), "debian", "pi4"
    )
    assert not {"usbguard", "sudo", "login"} & set(packages)
    assert "kernel.sysrq = 0" in (TREE / "etc/sysctl.d/90-kiosk.conf").read_text(encoding="ascii")


def test_boot_partition_opens_no_shell_on_a_kiosk_whose_own_file_is_damaged(access: ModuleType, tmp_path: Path) -> None:
    own, boot = tmp_path / "own.toml", tmp_path / "boot.toml"
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 technician"
    boot.write_text(f'[hub]\nurl = "https://hub.example"\n[kiosk]\nssh_key = "{key}"\n', "utf-8")
    assert access.read_wanted((own, boot))[2] == f"{key}\n", "before the first provisioning"
    own.write_text("[kiosk", "utf-8")
    rules, _readers, shell = access.read_wanted((own, boot))
    assert "443" in rules and "22" not in rules and shell == ""


@pytest.mark.parametrize(
    ("before", "key", "verb"),
    [("a\n", "", "stop"), ("a\n", "a\n", "start"), ("a\n", "b\n", "restart"), ("", "a\n", "restart")],
)
def test_shells_end_with_their_key_and_not_with_another_edit(
    access: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, key: str, verb: str
) -> None:
    """`start` leaves a running server and its shells; `KillMode` ends them with the others."""
    authorized, host_key, ran = tmp_path / "authorized_keys", tmp_path / "host_key", []
    authorized.write_text(before, "utf-8")
    host_key.touch()
    monkeypatch.setattr(access, "AUTHORIZED", authorized)
    monkeypatch.setattr(access, "HOST_KEY", host_key)
    monkeypatch.setattr(access.subprocess, "run", lambda command, check: ran.append(command))
    access.open_shell(key)
    assert ran == [["/usr/bin/systemctl", "--no-block", verb, "ssh.service"]]
    assert authorized.read_text("utf-8") == key
    unit = (TREE / "etc/systemd/system/ssh.service.d/image.conf").read_text(encoding="ascii")
    assert "KillMode=control-group\n" in unit
