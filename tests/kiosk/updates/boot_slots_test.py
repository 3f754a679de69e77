"""Test the boot slots on a folder: each write, each cut between two writes, and the firmware's reading of the files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.updates import boot_slots
from kiosk.updates.boot_slots import BAD, GOOD, NONE, SECTOR, BootSlotError, BootSlots, autoboot_text, parse_autoboot


class Card:
    """A card in a machine whose firmware is acted: it reads autoboot.txt and says what it booted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.chosen = folder / "bootsel", folder / "chosen"
        self.folder.mkdir()
        self.chosen.mkdir()
        self.slots = BootSlots(self.folder, self.chosen)
        self.slots.create("A")
        self.boot()

    def boot(self, argument: str = "") -> str:
        slot = self.slots.committed_slot()
        if argument == boot_slots.TRY:
            slot = {"A": "B", "B": "A"}[slot]
        number = boot_slots.PARTITIONS[slot]
        (self.chosen / "partition").write_bytes(number.to_bytes(4, "big"))
        return self.slots.current()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def facts(self) -> tuple[str, ...]:
        """What RAUC and the firmware read."""
        slots = self.slots
        marks = (slots.state().mark("A"), slots.state().mark("B"))
        return slots.committed_slot(), slots.primary(), slots.candidate(), slots.reboot_argument(), *marks


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def reboot(card: Card) -> str:
    argument = card.slots.reboot_argument()
    if argument:
        card.slots.note_trial(begun=True)
    return card.boot(argument)


def install(card: Card, slot: str) -> None:
    card.slots.set_mark(slot, BAD)  # the order in which RAUC asks
    card.slots.set_primary(slot)


def test_an_installed_slot_is_tried_once_and_commits_itself(card: Card) -> None:
    install(card, "B")
    assert card.facts() == ("A", "B", "B", "0 tryboot", GOOD, GOOD)
    assert reboot(card) == "B"
    card.slots.set_mark("B", GOOD)
    assert card.facts() == ("B", "B", NONE, "", GOOD, GOOD)
    assert reboot(card) == "B"


def test_a_slot_that_never_confirms_is_left_and_not_tried_again(card: Card) -> None:
    install(card, "B")
    assert reboot(card) == "B"
    assert card.boot() == "A"  # the panic of a damaged root reboots without an argument
    assert card.slots.has_fallen_back()
    assert card.slots.primary() == "A", "as the next boot"
    assert reboot(card) == "A"
    install(card, "B")
    assert not card.slots.has_fallen_back()
    assert reboot(card) == "B"


def test_a_power_cut_before_the_trial_leaves_it_for_the_next_reboot(card: Card) -> None:
    install(card, "B")
    assert card.boot() == "A"
    assert not card.slots.has_fallen_back()
    assert reboot(card) == "B"


def test_a_candidate_marked_bad_is_withdrawn(card: Card) -> None:
    install(card, "B")
    reboot(card)
    card.slots.set_mark("B", BAD)
    assert card.facts() == ("A", "A", NONE, "", GOOD, BAD)
    assert reboot(card) == "A"


def test_nothing_is_installed_over_the_committed_slot_while_another_is_on_trial(card: Card) -> None:
    install(card, "B")
    reboot(card)
    before = card.facts()
    with pytest.raises(BootSlotError, match="slot A stays"):
        install(card, "A")
    assert card.facts() == before
    card.slots.set_mark("B", GOOD)
    install(card, "A")


def test_reboot_that_fails_leaves_the_trial_for_the_next(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(card, "B")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BootSlotError, match="systemctl"):
        boot_slots.reboot(card.slots)
    assert card.slots.reboot_argument() == boot_slots.TRY


def test_only_the_running_slot_commits_itself(card: Card) -> None:
    install(card, "B")
    card.slots.set_mark("B", GOOD)
    assert card.slots.committed_slot() == "A"
    assert card.slots.candidate() == "B"


def test_naming_the_committed_slot_withdraws_the_candidate(card: Card) -> None:
    install(card, "B")
    card.slots.set_primary("A")
    assert card.facts() == ("A", "A", NONE, "", GOOD, GOOD)


def start_trial(card: Card) -> None:
    install(card, "B")
    reboot(card)


class PowerCut(Exception):
    pass


ACTS: dict[str, tuple[Callable[[Card], object], Callable[[Card], None]]] = {
    "install": (lambda card: None, lambda card: install(card, "B")),
    "try": (lambda card: install(card, "B"), lambda card: card.slots.note_trial(begun=True)),
    "commit": (start_trial, lambda card: card.slots.set_mark("B", GOOD)),
    "withdraw": (start_trial, lambda card: card.slots.set_mark("B", BAD)),
    "go back": (lambda card: None, lambda card: card.slots.set_primary("B")),
}


def cuts(
    monkeypatch: pytest.MonkeyPatch, folder: Path, before: Callable[[Card], object], act: Callable[[Card], None]
) -> Iterator[Card]:
    """Act on a fresh card, with the power cut before each of the writes, and at last without a cut."""
    write = os.pwrite
    for cut in range(10):
        (folder / str(cut)).mkdir()
        card, left = Card(folder / str(cut)), cut
        before(card)

        def pwrite(handle: int, data: bytes, offset: int) -> int:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCut
            return write(handle, data, offset)

        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", pwrite)
            try:
                act(card)
            except PowerCut:
                yield card
                continue
        yield card
        return
    raise AssertionError("more writes than expected")


@pytest.mark.parametrize("name", ACTS)
def test_each_cut_between_two_writes_leaves_the_old_or_the_new_state(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, act = ACTS[name]
    (tmp_path / "old").mkdir()
    old, *between, new = [card.facts() for card in cuts(monkeypatch, tmp_path, before, act)]
    assert old != new or name == "try"
    if name == "install":  # the slot that is written to is bad meanwhile, and never eligible
        assert between == [("A", "A", NONE, "", GOOD, BAD)]
    else:
        assert set(between) <= {old, new}


def test_both_files_are_one_sector_and_are_written_in_place(card: Card) -> None:
    inodes = {path.name: path.stat().st_ino for path in card.folder.iterdir()}
    install(card, "B")
    reboot(card)
    card.slots.set_mark("B", GOOD)
    assert {name: len(content) for name, content in card.files().items()} == {
        "autoboot.txt": SECTOR,
        "state.txt": SECTOR,
    }
    assert {path.name: path.stat().st_ino for path in card.folder.iterdir()} == inodes
    assert all(len(line) < 80 for content in card.files().values() for line in content.splitlines())


def test_each_write_waits_for_the_disk_and_changes_one_sector(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, int]] = []
    real = os.open

    def spy(path: Path, flags: int, mode: int = 0o777) -> int:
        opened.append((Path(path).name, flags))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", spy)
    install(card, "B")
    reboot(card)
    card.slots.set_mark("B", GOOD)
    assert [name for name, _ in opened] == ["state.txt"] * 3 + ["autoboot.txt", "state.txt"]
    assert all(flags & os.O_DSYNC and not flags & os.O_TRUNC for _, flags in opened)


def test_a_writer_that_renames_or_shortens_is_found(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the two tests above."""

    def rename(file: Path, sector: bytes) -> None:
        fresh = file.with_suffix(".new")
        fresh.write_bytes(sector.rstrip() + b"\n")
        fresh.rename(file)

    monkeypatch.setattr(boot_slots, "_write", rename)
    with pytest.raises(AssertionError):
        test_both_files_are_one_sector_and_are_written_in_place(card)
    with pytest.raises(BootSlotError, match="bytes instead of 512"):
        card.slots.committed_slot()


def test_a_card_edited_on_a_laptop_is_refused_before_an_install(card: Card) -> None:
    (card.folder / "autoboot.txt").write_text("[all]\nboot_partition=2\n")
    with pytest.raises(BootSlotError, match=r"instead of 512.*kiosk-boot-slot create A"):
        card.slots.primary()


@pytest.mark.parametrize("content", [None, b"", b"\x00" * SECTOR, b"A=good\nB=ripe\ncandidate=B\n"])
def test_without_a_readable_state_there_is_no_candidate(card: Card, content: bytes | None) -> None:
    install(card, "B")
    state = card.folder / "state.txt"
    state.unlink() if content is None else state.write_bytes(content)
    assert card.slots.primary() == "A"
    assert card.slots.reboot_argument() == ""
    install(card, "B")
    assert card.slots.primary() == "B"


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        (autoboot_text("A").decode(), "A"),
        (autoboot_text("B").decode(), "B"),
        ("boot_partition=2", "A"),
        ("[tryboot]\nboot_partition=2\n[all]\n boot_partition=3 # B\n", "B"),
        ("[all]\nboot_partition=2\nboot_partition=3", "B"),
        ("[all]\r\nboot_partition=2\r\n[tryboot]\r\nboot_partition=3\r\n", "A"),
    ],
)
def test_autoboot_is_read_as_the_firmware_reads_it(text: str, slot: str) -> None:
    assert parse_autoboot(text) == slot


@pytest.mark.parametrize("text", ["", "[tryboot]\nboot_partition=2", "boot_partition=7", "#boot_partition=2"])
def test_an_autoboot_that_names_no_slot_is_refused(text: str) -> None:
    with pytest.raises(BootSlotError, match=r"autoboot\.txt"):
        parse_autoboot(text)


def test_without_the_firmwares_word_nothing_is_guessed(card: Card) -> None:
    install(card, "B")
    files = card.files()
    for content in (None, (0).to_bytes(4, "big"), (5).to_bytes(4, "big")):
        file = card.chosen / "partition"
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(BootSlotError, match="boot loader"):
            card.slots.set_mark("B", GOOD)
        with pytest.raises(BootSlotError):
            card.slots.current()
    assert card.files() == files


def test_the_command_answers_rauc(card: Card) -> None:
    def ask(*words: str) -> subprocess.CompletedProcess[str]:
        folders = {"KIOSK_BOOTSEL": str(card.folder), "KIOSK_CHOSEN": str(card.chosen)}
        command = [sys.executable, "-I", boot_slots.__file__, *words]
        return subprocess.run(command, env=folders, capture_output=True, text=True, check=False)

    assert ask("get-current").stdout == "A\n"
    assert ask("set-primary", "B").returncode == 0
    assert ask("get-primary").stdout == "B\n"
    assert ask("get-state", "B").stdout == "good\n"
    assert ask("reboot-argument").stdout == "0 tryboot\n"
    assert ask("set-primary", "C").returncode == 2
    (card.chosen / "partition").unlink()
    refused = ask("get-current")
    assert refused.returncode == 1
    assert "boot loader" in refused.stderr
