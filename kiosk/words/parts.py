"""Says how the kiosk's parts are and what a technician does about it; knows reason codes and no driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kiosk.health import Condition, Device, PartName, PartState
from kiosk.views import NOT_SET_UP, Trial
from kiosk.words.speech import Explanation, Speech

MEASURES = (PartName.TEMPERATURE, PartName.SUPPLY)
"""No parts that are fitted: a board measures them or does not."""


def name(speech: Speech, part: PartName | Device) -> str:
    match part:
        case PartName.CARD_READER:
            return speech.say("Card reader")
        case PartName.BARCODE_SCANNER:
            return speech.say("Camera")
        case PartName.RECEIPT_PRINTER:
            return speech.say("Receipt printer")
        case PartName.LIGHTS:
            return speech.say("Lights")
        case PartName.KEYS:
            return speech.say("Keys")
        case PartName.BIN:
            return speech.say("Return bin")
        case PartName.SECURITY_GATE:
            return speech.say("Security gate")
        case PartName.CENTRAL:
            return speech.say("Library system")
        case PartName.JOURNAL:
            return speech.say("Journal")
        case PartName.SNAPSHOT:
            return speech.say("Offline data")
        case Device.TOUCH:
            return speech.say("Touch")
        case Device.SPEAKER:
            return speech.say("Speaker")
        case PartName.DISK:
            return speech.say("Disk")
        case PartName.CLOCK:
            return speech.say("Clock")
        case PartName.TEMPERATURE:
            return speech.say("Temperature")
        case PartName.SUPPLY:
            return speech.say("Power supply")
        case _:
            assert_never(part)


def condition(speech: Speech, state: PartState, part: PartName | None) -> str:
    match state.condition:
        case Condition.ABSENT if part in MEASURES:
            return speech.say("Not measured here")
        case Condition.ABSENT:
            return speech.say("Not fitted")
        case Condition.READY | Condition.FAULTY if state.reason:
            return _reason(speech, state.reason)
        case Condition.READY:
            return speech.say("Ready")
        case Condition.FAULTY:
            return speech.say("Does not work")
        case _:
            assert_never(state.condition)


def _reason(speech: Speech, reason: str) -> str:
    """The words of a reason code; a code without words is shown as it is, for the technician to look up."""
    return {
        "away": speech.say("Away"),
        "blocked": speech.say("Blocked"),
        "captive_portal": speech.say("Network wants a sign-in"),
        "cover_open": speech.say("Cover open"),
        "cutter_error": speech.say("Cutter stuck"),
        "damaged": speech.say("Damaged"),
        "driver_error": speech.say("Driver error"),
        "driver_missing": speech.say("Driver not installed"),
        "full": speech.say("Disk full"),
        "hot": speech.say("Too hot"),
        "identity_refused": speech.say("This kiosk is not known there"),
        "in_use": speech.say("In use by another program"),
        "missing": speech.say("Missing"),
        "near_end": speech.say("Paper nearly out"),
        "no_answer": speech.say("Gives no answer"),
        "no_decoder": speech.say("Barcode decoder does not start"),
        "no_permission": speech.say("May not be used"),
        "no_pins": speech.say("No pins on this machine"),
        "not_asked": speech.say("Cannot be asked for its paper"),
        "offline": speech.say("Not ready"),
        "other_wire": speech.say("Speaks another version"),
        "out_of_paper": speech.say("Out of paper"),
        "out_of_step": speech.say("Nobody sets it"),
        "pin_in_use": speech.say("Its pin is taken"),
        "printer_error": speech.say("Printer error"),
        "revoked": speech.say("This kiosk was revoked there"),
        "server_error": speech.say("Has an error"),
        "spi_off": speech.say("SPI is off"),
        "stale": speech.say("Out of date"),
        "starting": speech.say("Starting"),
        "time_out": speech.say("Does not answer"),
        "tls_failed": speech.say("Certificate not valid"),
        "too_big": speech.say("Answer too long"),
        "unplugged": speech.say("Unplugged"),
        "unreadable": speech.say("Cannot be read"),
        "unusable_answer": speech.say("Answer makes no sense"),
        "unwritable": speech.say("Cannot be written"),
        "weak_supply": speech.say("Too low"),
        "wrong_version": speech.say("Made by another version"),
    }.get(reason, reason)


def test(speech: Speech, choice: str) -> str:
    match choice:
        case Device.TOUCH:
            return speech.say("Touch")
        case Device.SPEAKER:
            return speech.say("Sound")
        case PartName.RECEIPT_PRINTER:
            return speech.say("Print")
        case PartName.LIGHTS:
            return speech.say("Lights")
        case _:
            return speech.say("Gate")


def trial(speech: Speech, part: PartName | Device, state: Trial) -> str:
    match state:
        case Trial.RUNNING:
            return speech.say("Testing")
        case Trial.DONE if part is Device.TOUCH:
            return speech.say("Touch is right")
        case Trial.DONE if part is Device.SPEAKER:
            return speech.say("Done: heard it?")
        case Trial.DONE:
            return speech.say("Done: seen it?")
        case Trial.SEEN:
            return speech.say("Seen just now")
        case Trial.FAILED:
            return speech.say("Test failed")
        case _:
            assert_never(state)


def touch(speech: Speech, landed: Sequence[float], spots: int, trial: Trial | None) -> str:
    """What to do in the test of touch, or what it found."""
    if trial is None:
        return speech.say("Touch the ring that is lit: {n} of {all}", n=len(landed) + 1, all=spots)
    if trial is Trial.DONE:
        return speech.say("Touch is right: at most {off:.1f} mm off.", off=max(landed))
    return speech.say("Touch is wrong. Set rotation or touch_rotation of [screen] in kiosk.toml.")


def mending(speech: Speech, part: PartName, state: PartState) -> str:
    if state.condition is not Condition.FAULTY and not state.reason:
        return ""
    match part:
        case PartName.CENTRAL:
            return _mending_central(speech, state.reason)
        case PartName.JOURNAL:
            return _mending_journal(speech, state.reason)
        case PartName.DISK:
            return speech.say("Make room: what cannot be written is not promised.")
        case PartName.CLOCK:
            return speech.say("Let the kiosk reach a time server (NTP), or fit a clock with a battery.")
        case PartName.TEMPERATURE:
            return speech.say("Give the case air, or a cooler.")
        case PartName.SUPPLY:
            return speech.say("Take the board's own supply and a short cable; feed printer and lamps from another.")
        case PartName.SNAPSHOT if state.reason == "unwritable":
            return speech.say("Make room on the disk, then start the kiosk again.")
        case PartName.SNAPSHOT if state.reason == "unusable_answer":
            return speech.say("Check time zone, closed days and rules at the hub. Until then the old rules hold.")
        case PartName.SNAPSHOT:
            return speech.say("It is fetched anew when the library's system answers.")
        case PartName.CARD_READER if state.reason == "unplugged":
            return speech.say(
                "Check its plug; on pins the wires 3.3 V, GND, SDA, SCK, MOSI, MISO and RST. It comes back by itself."
            )
        case PartName.BARCODE_SCANNER if state.reason in ("unplugged", "time_out"):
            return speech.say("Check the ribbon cable at both ends, or the plug. It comes back by itself.")
        case _:
            return _mending_part(speech, state.reason)


def _mending_central(speech: Speech, reason: str) -> str:
    match reason:
        case "identity_refused" | "revoked":
            return speech.say("Ask the hub for a code and enrol this kiosk: sudo kiosk enrol.")
        case "captive_portal":
            return speech.say("Connect the kiosk to a network without a sign-in page.")
        case "tls_failed":
            return speech.say("Check the kiosk's clock, then the hub's certificate.")
        case "server_error" | "other_wire" | "too_big" | "unusable_answer":
            return speech.say("Look at the hub. Loans are kept here and handed over later.")
        case _:
            return speech.say("Check the network. Loans are kept here and handed over later.")


def _mending_journal(speech: Speech, reason: str) -> str:
    match reason:
        case "missing":
            return speech.say("Make one with: kiosk journal create")
        case "full":
            return speech.say("Make room on the disk: the kiosk goes on by itself.")
        case "unwritable":
            return speech.say("Make room on the disk, then start the kiosk again.")
        case "in_use":
            return speech.say("Stop the other program, then start the kiosk again.")
        case "wrong_version":
            return speech.say("Run the version that made it until its queue is empty.")
        case _:
            return speech.say("Move it aside and keep it, then: kiosk journal create")


def _mending_part(speech: Speech, reason: str) -> str:
    match reason:
        case "out_of_paper" | "near_end":
            return speech.say("Put in a new roll, print side up, and close the cover.")
        case "cover_open":
            return speech.say("Press the cover down until it clicks.")
        case "cutter_error" | "printer_error":
            return speech.say("Open the cover, take out what is stuck, close it; then switch the printer off and on.")
        case "offline":
            return speech.say("Press the printer's feed button once. If that does not help: switch it off and on.")
        case "no_answer":
            return speech.say("Switch it on, check its cable. On a serial port compare its speed with its self-test.")
        case "not_asked":
            return speech.say("Look at its paper yourself: by usb, serial or network it can be asked.")
        case "unplugged":
            return speech.say("Check the cable and the plug. It comes back by itself.")
        case "blocked":
            return speech.say("Empty the bin and wipe both windows of the drop sensor.")
        case "in_use":
            return speech.say("Another program holds it: end that program. It comes back by itself.")
        case "unreadable":
            return speech.say("Name a film or a folder of pictures in kiosk.toml.")
        case "driver_missing" | "no_decoder":
            return speech.say("Run scripts/install-device again: it puts in what is missing.")
        case "no_permission":
            return speech.say("Put the kiosk's user into the group that the log names, then restart the machine.")
        case "pin_in_use":
            return speech.say("Another program holds its pin: end it, or wire another pin and say so in kiosk.toml.")
        case "spi_off":
            return speech.say("Write dtparam=spi=on into /boot/firmware/config.txt, then restart the machine.")
        case "no_pins":
            return speech.say("Parts on pins need a Raspberry Pi, and the kiosk's user in the group gpio.")
        case _:
            return speech.say("Take the plug out, wait five seconds, put it in. If that does not help: read the log.")


def out_of_order(speech: Speech, why: str) -> Explanation:
    """What a patron reads when nothing can be promised; `why` is a reason code of the journal, or `out_of_service`."""
    if why in NOT_SET_UP:
        return _not_set_up(speech, why)
    if why == "revoked":
        return Explanation(
            speech.say("This kiosk is out of service."),
            speech.say("The library's system takes nothing more from it."),
            speech.say("Please go to the service desk. Your loans are as they were."),
        )
    if why == "out_of_service":
        return Explanation(
            speech.say("This kiosk is out of service."),
            "",
            speech.say("Please go to the service desk. Your loans are as they were."),
        )
    return Explanation(
        speech.say("This kiosk is out of order."),
        speech.say("It cannot write anything down ({reason}), so it promises nothing.", reason=_reason(speech, why)),
        speech.say("Please go to the service desk. Your loans are as they were."),
    )


def _not_set_up(speech: Speech, why: str) -> Explanation:
    what = speech.say("This machine is not a kiosk yet.")
    match why:
        case "no_config":
            return Explanation(
                what,
                speech.say("It has no kiosk.toml: nobody has said which library it belongs to."),
                speech.say("Type this command on it, or put a kiosk.toml on its boot partition and start it again."),
            )
        case "bad_config":
            return Explanation(
                what,
                speech.say("Its kiosk.toml cannot be used."),
                speech.say("This command names every fault in it. Mend them: it goes on by itself."),
            )
        case _:
            return Explanation(
                what,
                speech.say("The library's hub does not know it."),
                speech.say("Ask at the hub's page Kiosks for a code, then type this command."),
            )


def receipt_problem(speech: Speech, why: str, half: bool = False) -> str:
    """What a patron reads when her receipt did not come out; `half`: a piece of it did."""
    problem = _receipt_problem(speech, why)
    return speech.say("{problem} This piece is no receipt.", problem=problem) if half else problem


def _receipt_problem(speech: Speech, why: str) -> str:
    match why:
        case "out_of_paper":
            return speech.say("The printer is out of paper.")
        case "cover_open":
            return speech.say("The printer's cover is open.")
        case "cutter_error":
            return speech.say("The printer's cutter is stuck.")
        case "unplugged":
            return speech.say("The printer is not connected.")
        case "offline" | "printer_error":
            return speech.say("The printer is not ready.")
        case _:
            return speech.say("The printer does not answer.")
