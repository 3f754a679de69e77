"""Test the program that opens the encrypted data partition: its key, and what it refuses."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from image import disk, splash
from tests.image.programs import TREE, load_program
from tests.support.patience import PATIENCE

SECRET = bytes(range(32))
Call = Callable[[object, int, bytearray], None]


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the program, on a machine without a board's memory."""
    program = load_program("open-data")
    for name in ("MAILBOX", "ACTED", "FAULT", "COMMAND_LINE"):
        monkeypatch.setattr(program, name, tmp_path / name.lower())
    monkeypatch.setattr(program, "IMPATIENT", tmp_path / "device.d/fault.conf")
    program.COMMAND_LINE.write_text("quiet kiosk.encrypt_data\n", "ascii")
    return program


def firmware(secret: bytes, outcome: int = 0x80000000) -> Call:
    """Act the firmware's answer to a property message."""

    def call(_mailbox: object, request: int, message: bytearray) -> None:
        size, code, tag, room, _, first, rows = struct.unpack_from("<7I", message)
        assert (request, size, code, tag, room) == (0xC0086400, 64, 0, 0x00030081, 40)
        assert (first, rows, len(message)) == (0, 8, 64)
        struct.pack_into("<I", message, 4, outcome)
        struct.pack_into("<I", message, 16, 0x80000028)
        struct.pack_into("<8I", message, 28, *struct.unpack(">8I", secret))

    return call


def test_key_is_derived_from_the_secret_by_hmac(opener: ModuleType) -> None:
    # Computed by OpenSSL: `openssl mac -digest SHA256 -macopt hexkey:0001...1f HMAC`.
    assert opener.data_key(SECRET).hex() == "d93995640e172a4fa1131bc04971f59ef3ec33a24f17fde5df1d04f2948d6a78"
    assert opener.data_key(SECRET) != opener.data_key(SECRET[:31] + b"\0")


def test_secret_is_what_the_boards_own_tool_prints(opener: ModuleType) -> None:
    opener.MAILBOX.touch()
    assert opener.mailbox_secret(firmware(SECRET)) == SECRET


def test_board_that_answers_with_an_error_is_refused(opener: ModuleType) -> None:
    opener.MAILBOX.touch()
    with pytest.raises(opener.Refused, match="does not hand out"):
        opener.mailbox_secret(firmware(SECRET, outcome=0x80000001))

    def fail(*_words: object) -> None:
        raise OSError(25, "Inappropriate ioctl for device")

    with pytest.raises(opener.Refused, match="Inappropriate ioctl"):
        opener.mailbox_secret(fail)


def test_kernel_without_the_mailbox_is_refused(opener: ModuleType) -> None:
    with pytest.raises(opener.Refused, match="this kernel has no") as refused:
        opener.board_secret()
    assert refused.value.picture == "no-board-key"


@pytest.mark.parametrize("text", ["00" * 32, "01" * 31, ""])
def test_memory_that_was_never_programmed_is_refused(opener: ModuleType, text: str) -> None:
    opener.ACTED.write_text(f"{text}\0", "ascii")
    with pytest.raises(opener.Refused, match="no private key has been programmed"):
        opener.board_secret()


def test_device_tree_does_not_replace_the_boards_memory(opener: ModuleType) -> None:
    opener.MAILBOX.touch()
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    with pytest.raises(opener.Refused, match="ioctl"):
        opener.board_secret()


def make_ext4(path: Path, *files: str) -> str:
    """Make a plain data partition as the image is written with, and some files."""
    content = path.with_suffix(".content")
    for each in ("kiosk", "systemd", "rauc", "etc-kiosk"):
        (content / each).mkdir(parents=True)
    for each in files:
        (content / each).write_text("in use", "ascii")
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin")
    assert mke2fs is not None
    command = [mke2fs, "-q", "-t", "ext4", "-d", str(content), str(path), "32M"]
    subprocess.run(command, check=True, timeout=PATIENCE)
    return str(path)


class Programs:
    """Record the programs that are run. DATA is looked into without mounting it."""

    def __init__(self, content: Path, code: int = 0) -> None:
        self.content, self.code = content, code
        self.lines: list[str] = []

    def run(self, *command: str, key: bytes = b"", allowed: tuple[int, ...] = (0,)) -> int:
        self.lines.append(" ".join(command[:2]))
        if command[0] == "mount":
            shutil.copytree(self.content, command[-1], dirs_exist_ok=True)
        assert bool(key) == (self.lines[-1] in ("cryptsetup open", "cryptsetup luksFormat"))
        return self.code if self.code in allowed else 0

    @property
    def formats(self) -> list[str]:
        return [each for each in self.lines if each.startswith(("cryptsetup luksFormat", "mke2fs"))]


@pytest.fixture
def programs(opener: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Let the opener run programs that only note their names."""
    found = Programs(tmp_path / "data.content")
    monkeypatch.setattr(opener, "run", found.run)
    real = opener.tempfile.TemporaryDirectory
    monkeypatch.setattr(opener.tempfile, "TemporaryDirectory", lambda dir: real(dir=tmp_path))
    return found


def test_only_a_partition_without_files_is_encrypted(opener: ModuleType, programs: Programs, tmp_path: Path) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    empty = make_ext4(tmp_path / "data")
    assert opener.open_data(empty, asked=True) == "has been encrypted"
    assert programs.formats == ["cryptsetup luksFormat"]

    programs.lines.clear()
    shutil.rmtree(programs.content)
    used = make_ext4(tmp_path / "data", "kiosk/journal.db")
    assert opener.open_data(used, asked=True) == "stays as it is, since it is in use"
    assert programs.formats == []


def test_nothing_is_encrypted_unless_the_image_asks_for_it(
    opener: ModuleType, programs: Programs, tmp_path: Path
) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    assert opener.open_data(make_ext4(tmp_path / "data"), asked=False) == "is not encrypted"
    assert programs.lines == []


@pytest.mark.parametrize("content", [bytes(65536), b"\xff" * 65536])
def test_what_is_neither_is_left_alone(opener: ModuleType, programs: Programs, tmp_path: Path, content: bytes) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    unknown = tmp_path / "unknown"
    unknown.write_bytes(content)
    assert opener.open_data(str(unknown), asked=True) == "stays as it is, since it is in use"
    assert programs.lines == [] and unknown.read_bytes() == content


def test_without_a_key_an_empty_partition_stays(opener: ModuleType, programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(opener.Refused):
        opener.open_data(make_ext4(tmp_path / "data"), asked=True)
    assert programs.formats == []


def encrypted(path: Path, label: str) -> str:
    """Write the beginning of an encrypted partition."""
    path.write_bytes(b"LUKS\xba\xbe".ljust(24, b"\0") + label.encode().ljust(48, b"\0") + bytes(65536))
    return str(path)


def test_partition_of_another_board_is_refused_and_stays(
    opener: ModuleType, programs: Programs, tmp_path: Path
) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    device = encrypted(tmp_path / "data", opener.UNFINISHED)
    programs.code = 2
    with pytest.raises(opener.Refused, match="another board") as refused:
        opener.open_data(device, asked=True)
    assert refused.value.picture == "other-board" and programs.formats == []


def test_encrypted_partition_gets_a_file_system_once(opener: ModuleType, programs: Programs, tmp_path: Path) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    assert opener.open_data(encrypted(tmp_path / "data", opener.UNFINISHED), asked=False) == "is open"
    assert programs.formats == ["mke2fs -q"] and programs.lines[-1] == "cryptsetup config"
    programs.lines.clear()
    assert opener.open_data(encrypted(tmp_path / "data", opener.NAME), asked=True) == "is open"
    assert programs.formats == []


def test_second_header_is_enough_to_know_an_encrypted_partition(
    opener: ModuleType, programs: Programs, tmp_path: Path
) -> None:
    opener.ACTED.write_text(SECRET.hex(), "ascii")
    device = tmp_path / "data"
    device.write_bytes(bytes(16384) + b"SKUL\xba\xbe" + bytes(65536))
    assert opener.open_data(str(device), asked=True) == "is open" and programs.formats == []


def test_cryptsetup_writes_a_header_that_is_read_and_opens_with_this_key_alone(
    opener: ModuleType, tmp_path: Path
) -> None:
    tool = shutil.which("cryptsetup", path="/usr/sbin:/sbin")
    if tool is None:
        pytest.skip("cryptsetup is not here: apt-get install cryptsetup-bin")
    device = tmp_path / "device"
    with device.open("wb") as file:
        file.truncate(32 << 20)
    opener.encrypt(str(device), opener.data_key(SECRET))
    assert opener.has_magic(str(device), opener.LUKS) and opener.has_magic(str(device), opener.LUKS_COPY)
    assert opener.label_of(str(device)) == opener.UNFINISHED

    def opens(key: bytes) -> int:
        command = [tool, "open", "--test-passphrase", "--key-file=-", str(device)]
        return subprocess.run(command, input=key, timeout=PATIENCE, check=False, capture_output=True).returncode

    assert opens(opener.data_key(SECRET)) == 0
    assert opens(opener.data_key(bytes(32))) == opens(SECRET) == opener.WRONG_KEY
    opener.run("cryptsetup", "config", str(device), f"--label={opener.NAME}")
    assert opener.label_of(str(device)) == opener.NAME


def test_screen_says_why_and_systemd_does_not_wait(
    opener: ModuleType, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    real = open

    def open_log(file: Any, *words: Any, **options: Any) -> Any:
        return real(log if file == "/dev/kmsg" else file, *words, **options)

    monkeypatch.setattr("builtins.open", open_log)
    monkeypatch.setattr("sys.argv", ["open-data", make_ext4(tmp_path / "data")])
    monkeypatch.setattr(opener.subprocess, "run", lambda *_words, **_options: None)
    opener.main()
    assert "kiosk: DATA cannot be opened: this kernel has no" in log.read_text("utf-8")
    assert opener.FAULT.read_text("ascii") == "no-board-key"
    assert "JobRunningTimeoutSec=15s" in opener.IMPATIENT.read_text("ascii")


def test_every_fault_has_a_picture_and_systemd_waits_for_the_device_of_that_name() -> None:
    program = load_program("open-data")
    pictures = re.findall(r'Refused\("([a-z-]+)"', (TREE / "usr/lib/kiosk/open-data").read_text("utf-8"))
    assert set(pictures) | {"out-of-order"} == set(splash.SENTENCES)
    assert all((splash.PICTURES / f"{each}.png").exists() for each in pictures)
    assert program.FAULT.as_posix() in (TREE / "etc/systemd/system/emergency.service").read_text("ascii")
    assert program.IMPATIENT.parent.name == r"dev-kiosk\x2ddata.device.d"
    assert "/dev/kiosk-data " in (TREE / "etc/fstab").read_text("ascii")
    rules = (TREE / "etc/udev/rules.d/99-zz-kiosk-data.rules").read_text("ascii")
    assert f'ATTR{{dm/name}}=="{program.NAME}"' in rules and f'"{disk.SIGNATURE:08x}-07"' in rules
    assert program.ASKED in disk.command_line("ab" * 32, 7, encrypts_data=True).split()
    assert program.ASKED not in disk.command_line("ab" * 32, 7)
