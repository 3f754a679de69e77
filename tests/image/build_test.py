"""Test what the image's builder writes: the disk's layout, the boot files, the list of packages."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from image import build, disk
from image.package_lock import differences, lock_text, parse_lock
from kiosk.journal.file import VERSION
from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "image/settings.toml").read_text(encoding="utf-8"))
SIZES = disk.Sizes(bootsel=16, boot=96, root=768, data=128)


def test_partitions_are_those_that_the_device_looks_for() -> None:
    config = disk.genimage_config(SIZES)
    names = re.findall(r"partition (\w+) ", config)
    assert names == ["BOOTSEL", "BOOT_A", "BOOT_B", "ROOT_A", "ROOT_B", "DATA"]
    # With the extended partition as the fourth, they are 1, 2, 3, 5, 6 and 7.
    signature = f"{disk.SIGNATURE:08x}"
    fstab = (ROOT / "image/root/etc/fstab").read_text(encoding="ascii")
    assert re.findall(r"PARTUUID=(\S+)", fstab) == [f"{signature}-01"]
    slots = (ROOT / "image/root/etc/rauc/system.conf").read_text(encoding="ascii")
    assert re.findall(r"by-partuuid/(\S+)", slots) == [f"{signature}-{n:02}" for n in (2, 5, 3, 6)]


def test_both_slots_have_one_command_line_that_fits_a_line() -> None:
    line = disk.command_line("ab" * 32, 71234)
    assert "\n" not in line and len(line) < 512
    assert f"kiosk.disk=4b494f53 kiosk.roothash={'ab' * 32} kiosk.blocks=71234" in line
    assert "root=" not in line.replace("kiosk.", ""), "the initramfs chooses the root by the booted slot"


def test_bundle_names_board_version_and_journal() -> None:
    assert build.journal_format(ROOT) == VERSION
    text = disk.manifest("library-kiosk-debian-pi4", "2026.12.1", build.journal_format(ROOT))
    assert "compatible=library-kiosk-debian-pi4\nversion=2026.12.1\n" in text
    assert f"[meta.kiosk]\njournal-format={VERSION}\n" in text
    assert "[image.boot]\nfilename=boot.vfat\n\n[image.rootfs]\nfilename=root.img\n" in text


def test_genimage_accepts_the_layout(tmp_path: Path) -> None:
    if shutil.which("genimage") is None:
        pytest.skip("genimage is not here: apt-get install genimage")
    for name, size in {"bootsel.vfat": 4096, "boot.vfat": 4096, "root.img": 4096, "data.ext4": 4096}.items():
        (tmp_path / name).write_bytes(bytes(size))
    (tmp_path / "root").mkdir()
    (tmp_path / "disk.cfg").write_text(disk.genimage_config(SIZES), encoding="ascii")
    folders = [f"--{each}path={tmp_path}" for each in ("input", "output")]
    command = ["genimage", f"--config={tmp_path}/disk.cfg", *folders, f"--rootpath={tmp_path}/root"]
    done = subprocess.run(
        [*command, f"--tmppath={tmp_path}/work"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "disk.img").read_bytes()[440:512]
    assert int.from_bytes(table[:4], "little") == disk.SIGNATURE
    assert [table[6 + 16 * n + 4] for n in range(4)] == [0x0C, 0x0C, 0x0C, 0x0F]


def test_no_catalogue_gets_the_time_of_the_build() -> None:
    catalogues = [file for folder in ("kiosk", "hub", "lending") for file in (ROOT / folder).rglob("*.po")]
    assert len(catalogues) > 10
    # Babel writes the present time into the .mo of a catalogue that has no date.
    assert [file for file in catalogues if b'"POT-Creation-Date: ' not in file.read_bytes()] == []
    assert "creation_date=simplified.creation_date" in (ROOT / "scripts/traditional").read_text(encoding="utf-8")


def test_nothing_of_the_building_machine_is_left_in_the_program(tmp_path: Path) -> None:
    notes = tmp_path / "kiosk-1.dist-info"
    notes.mkdir()
    for name in ("METADATA", "direct_url.json", "uv_cache.json"):
        (notes / name).write_text("{}", encoding="utf-8")
    kept = "kiosk/app.py,sha256=aa,7\nkiosk-1.dist-info/METADATA,sha256=bb,2\n"
    gone = "kiosk-1.dist-info/uv_cache.json,sha256=cc,125\nkiosk-1.dist-info/direct_url.json,sha256=dd,2\n"
    (notes / "RECORD").write_text(gone + kept, encoding="utf-8")
    build.remove_notes(tmp_path)
    assert (notes / "RECORD").read_text(encoding="utf-8") == kept
    assert sorted(each.name for each in notes.iterdir()) == ["METADATA", "RECORD"]


def test_every_difference_from_the_lock_is_named() -> None:
    packages = {"base": ("1.0", "aa"), "kernel": ("6.12", "bb"), "same": ("1", "cc")}
    locked = parse_lock(lock_text(packages))
    assert differences(locked, packages) == []
    changed = {"kernel": ("6.13", "dd"), "same": ("1", "ee"), "added": ("2", "ff")}
    assert differences(locked, changed) == [
        "added: new",
        "base: gone",
        "kernel: 6.12 -> 6.13",
        "same: 1 has other bytes",
    ]


def test_lock_of_the_debian_image_has_every_package_that_is_asked_for() -> None:
    locked = parse_lock((ROOT / "image/packages-debian-pi4.lock").read_text(encoding="utf-8"))
    assert set(build.package_names(SETTINGS, "debian", "pi4")) <= locked.keys()
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for _, digest in locked.values())


@pytest.mark.parametrize(("base", "board"), [("debian", "pi4"), ("raspios", "pi4"), ("raspios", "pi5")])
def test_every_board_has_a_kernel_and_its_lines(base: str, board: str) -> None:
    choice = SETTINGS["bases"][base]["boards"][board]
    text = disk.config_txt("arm_64bit=1\n", choice["kernel"], choice["config"])
    assert f"kernel={choice['kernel']}\ninitramfs initramfs8 followkernel\n" in text
    assert any("spi" in line for line in choice["config"])


def test_debian_on_a_pi_5_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["image", "--board", "pi5"])
    assert build.main() == 2
    assert "debian does not run a kiosk on a pi5" in capsys.readouterr().err


def test_hub_of_an_image_is_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    parser = build.parser(SETTINGS)
    assert parser.parse_args(["--hub", "https://hub.example.org:8443"]).hub == "https://hub.example.org:8443"
    for wrong in ("hub.example.org", 'https://hub"', "https://hub.example.org/$(reboot)"):
        with pytest.raises(SystemExit):
            parser.parse_args(["--hub", wrong])
    assert "is no address such as" in capsys.readouterr().err
