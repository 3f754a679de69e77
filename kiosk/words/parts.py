"""Describe the condition of the parts, their tests and repairs, and what an outage means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kiosk.system.health import Condition, Device, PartName, PartState
from kiosk.views import NOT_SET_UP, Trial
from kiosk.words.localizer import Explanation, Localizer

MEASURES = (PartName.TEMPERATURE, PartName.SUPPLY)
"""Measurements instead of fitted parts: a board either provides them or not."""


def name(speech: Localizer, part: PartName | Device) -> str:
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
        case PartName.ITEM_PAD:
            return speech.say("Item pad")
        case PartName.CENTRAL:
            return speech.say("Library system")
        case PartName.JOURNAL:
            return speech.say("Journal")
        case PartName.DAMAGED_JOURNAL:
            return speech.say("Damaged journal")
        case PartName.BACKLOG:
            return speech.say("Waiting to upload")
        case PartName.SNAPSHOT:
            return speech.say("Offline data")
        case PartName.PINS:
            return speech.say("PINs")
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
        case PartName.HUB:
            return speech.say("Hub")
        case _:
            assert_never(part)


def condition(speech: Localizer, state: PartState, part: PartName | None) -> str:
    match state.condition:
        case Condition.ABSENT if part in MEASURES:
            return speech.say("Not measured here")
        case Condition.ABSENT if part is PartName.HUB:
            return speech.say("No hub: no patron messages, remote commands or phone pages")
        case Condition.ABSENT:
            return speech.say("Not fitted")
        case Condition.READY | Condition.FAULTY if state.reason:
            return reason(speech, state.reason)
        case Condition.READY:
            return speech.say("Ready")
        case Condition.FAULTY:
            return speech.say("Does not work")
        case _:
            assert_never(state.condition)


def reason(speech: Localizer, code: str) -> str:
    """Return the text of a reason code; an unknown code is returned unchanged, so that a technician can look it up."""
    return {
        "away": speech.say("Not reachable"),
        "bad_checksum": speech.say("Responses arrive damaged"),
        "blocked": speech.say("Blocked"),
        "captive_portal": speech.say("Network requires a sign-in"),
        "central_closed": speech.say("Reports that it is closed"),
        "cover_open": speech.say("Cover open"),
        "cutter_error": speech.say("Cutter stuck"),
        "damaged": speech.say("Damaged"),
        "driver_error": speech.say("Driver error"),
        "driver_missing": speech.say("Driver not installed"),
        "full": speech.say("Disk full"),
        "hot": speech.say("Too hot"),
        "hung_up": speech.say("Closes the connection"),
        "identity_refused": speech.say("This kiosk is not registered there"),
        "in_use": speech.say("In use by another program"),
        "lending_stopped": speech.say("Borrowing is paused"),
        "not_sip2": speech.say("Answers, but not in SIP2"),
        "login_refused": speech.say("Refuses the login"),
        "missing": speech.say("Missing"),
        "near_end": speech.say("Paper nearly out"),
        "no_answer": speech.say("No response"),
        "no_decoder": speech.say("Barcode decoder does not start"),
        "no_permission": speech.say("No permission"),
        "no_pins": speech.say("No pins on this machine"),
        "not_asked": speech.say("Paper level not available"),
        "not_understood": speech.say("Does not recognise this kiosk's requests"),
        "offline": speech.say("Not ready"),
        "guessed": speech.say("10 wrong attempts: PIN entry is paused for 5 minutes"),
        "other_wire": speech.say("Uses another protocol version"),
        "other_time": speech.say("Differs from the library system"),
        "out_of_paper": speech.say("Out of paper"),
        "out_of_step": speech.say("Not synchronised"),
        "pin_in_use": speech.say("Its pin is in use"),
        "printer_error": speech.say("Printer error"),
        "rescued": speech.say("Exported and set aside"),
        "revoked": speech.say("This kiosk was revoked there"),
        "rows_lost": speech.say("Records are missing"),
        "server_error": speech.say("Has an error"),
        "spi_off": speech.say("SPI is off"),
        "stale": speech.say("Out of date"),
        "starting": speech.say("Starting"),
        "time_out": speech.say("No response"),
        "tls_failed": speech.say("Certificate not valid"),
        "too_big": speech.say("Answer too long"),
        "wrong_time": speech.say("Wrong: the library system's time is used"),
        "refused": speech.say("Refuses the connection"),
        "unplugged": speech.say("Unplugged"),
        "unreadable": speech.say("Cannot be read"),
        "unusable_answer": speech.say("Invalid response"),
        "unwritable": speech.say("Cannot be written"),
        "waits_long": speech.say("Waiting a long time"),
        "waits_too_long": speech.say("Waiting too long"),
        "weak_supply": speech.say("Too low"),
        "updating": speech.say("Waits for the new version to be confirmed"),
        "wrong_version": speech.say("Created by another version"),
    }.get(code, code)


def trial(speech: Localizer, part: PartName | Device, state: Trial) -> str:
    match state:
        case Trial.RUNNING:
            return speech.say("Testing")
        case Trial.DONE if part is Device.TOUCH:
            return speech.say("Touch is accurate")
        case Trial.DONE if part is Device.SPEAKER:
            return speech.say("Done. Did you hear it?")
        case Trial.DONE:
            return speech.say("Done. Did you see it?")
        case Trial.SEEN:
            return speech.say("Detected just now")
        case Trial.FAILED:
            return speech.say("Test failed")
        case _:
            assert_never(state)


def touch(speech: Localizer, landed: Sequence[float], spots: int, trial: Trial | None) -> str:
    """Return the instruction or the result of the touch test."""
    if trial is None:
        return speech.say("Touch the ring that is lit: {n} of {all}", n=len(landed) + 1, all=spots)
    if trial is Trial.DONE:
        return speech.say("Touch is accurate: at most {off:.1f} mm off.", off=max(landed))
    return speech.say("Touch is inaccurate. Set rotation or touch_rotation of [screen] in kiosk.toml.")


def repair_hint(speech: Localizer, part: PartName, state: PartState) -> str:
    """Return the repair hint for a faulty part; "" if there is nothing to do."""
    if state.condition is not Condition.FAULTY and not state.reason:
        return ""
    match part:
        case PartName.CENTRAL:
            return _mending_central(speech, state.reason)
        case PartName.JOURNAL:
            return _mending_journal(speech, state.reason)
        case PartName.DAMAGED_JOURNAL:
            return speech.say("Tell the library. Copy journal.db.damaged-* elsewhere, then remove it from its folder.")
        case PartName.BACKLOG if state.reason == "lending_stopped":
            return speech.say("Restore its connection to the library system. Borrowing then resumes.")
        case PartName.BACKLOG:
            return speech.say("Reconnect it to the library system before borrowing stops.")
        case PartName.DISK:
            return speech.say("Free disk space: the kiosk accepts only what it can save.")
        case PartName.CLOCK if state.reason == "wrong_time":
            return speech.say("Set this machine's clock. It differs from the library system.")
        case PartName.CLOCK if state.reason == "other_time":
            return speech.say("Set the clock of the library system. Its time is wrong.")
        case PartName.CLOCK:
            return speech.say("Connect the kiosk to a time server (NTP), or install a battery-backed clock.")
        case PartName.TEMPERATURE:
            return speech.say("Ventilate the case, or add a cooler.")
        case PartName.SUPPLY:
            return speech.say("Use the board's own supply and a short cable. Power printer and lamps separately.")
        case PartName.PINS:
            return speech.say("Check who is using the kiosk. Someone may be guessing PINs.")
        case PartName.SNAPSHOT if state.reason == "unwritable":
            return speech.say("Free disk space, then restart the kiosk.")
        case PartName.SNAPSHOT if state.reason == "unusable_answer":
            return speech.say("Check time zone, closed days and rules at the hub. Until then the old rules apply.")
        case PartName.SNAPSHOT if state.reason == "stale":
            return speech.say("Borrowing is paused. Check the network. Returns still work.")
        case PartName.SNAPSHOT:
            return speech.say("It is downloaded again when the library system responds.")
        case PartName.CARD_READER if state.reason == "unplugged":
            return speech.say(
                "Check its plug, or on pins the wires 3.3 V, GND, SDA, SCK, MOSI, MISO and RST. It recovers "
                "automatically."
            )
        case PartName.BARCODE_SCANNER if state.reason in ("unplugged", "time_out"):
            return speech.say("Check the ribbon cable at both ends, or the plug. It recovers automatically.")
        case _:
            return _mending_part(speech, state.reason)


def _mending_central(speech: Localizer, reason: str) -> str:
    match reason:
        case "identity_refused" | "revoked":
            return speech.say("Get a code from the hub and enrol this kiosk: sudo kiosk enrol.")
        case "login_refused":
            return speech.say("The library system refuses the login. Check user and the password in password_file.")
        case "hung_up":
            return speech.say(
                "Check user and password_file. If they are right, the library system must accept this kiosk's address."
            )
        case "not_sip2":
            return speech.say("Another service, such as telnet, uses this port. Set the raw SIP2 port in kiosk.toml.")
        case "central_closed":
            return speech.say("The library system accepts no kiosks right now. Ask its administrator.")
        case "captive_portal":
            return speech.say("Connect the kiosk to a network without a sign-in page.")
        case "tls_failed":
            return speech.say("Check the kiosk's clock, then the server's certificate.")
        case "server_error" | "other_wire" | "too_big" | "unusable_answer":
            return speech.say("Check the library system. Loans are saved here and uploaded later.")
        case _:
            return speech.say("Check the network. Loans are saved here and uploaded later.")


def _mending_journal(speech: Localizer, reason: str) -> str:
    match reason:
        case "missing":
            return speech.say("Create one: kiosk journal create")
        case "full":
            return speech.say("Free disk space. The kiosk then continues automatically.")
        case "unwritable":
            return speech.say("Free disk space, then restart the kiosk.")
        case "in_use":
            return speech.say("Stop the other program, then restart the kiosk.")
        case "updating":
            return speech.say("Wait. If the new version fails, the machine returns to the old one.")
        case "wrong_version":
            return speech.say("Run the version that made it until its queue is empty.")
        case _:
            return speech.say("Restart the kiosk. It keeps the damaged file and continues with the readable records.")


def _mending_part(speech: Localizer, reason: str) -> str:
    match reason:
        case "out_of_paper" | "near_end":
            return speech.say("Insert a new roll, print side up, and close the cover.")
        case "cover_open":
            return speech.say("Press the cover down until it clicks.")
        case "cutter_error" | "printer_error":
            return speech.say("Open the cover, remove stuck paper and close it. Then switch the printer off and on.")
        case "offline":
            return speech.say("Press the printer's feed button once. If that does not help, switch it off and on.")
        case "no_answer":
            return speech.say(
                "Switch it on and check its cable. On a serial port, compare its speed with the self-test."
            )
        case "not_asked":
            return speech.say("Check the paper yourself. Only by usb, serial or network does the printer report it.")
        case "unplugged":
            return speech.say("Check the cable and the plug. It recovers automatically.")
        case "refused":
            return speech.say(
                "The printer is online, but its port is closed. Check host and port in kiosk.toml (usually 9100)."
            )
        case "blocked":
            return speech.say("Empty the bin and wipe both windows of the drop sensor.")
        case "in_use":
            return speech.say("Another program is using it. Close that program; the part then recovers automatically.")
        case "unreadable":
            return speech.say("Set a video or a folder of pictures in kiosk.toml.")
        case "driver_missing" | "no_decoder":
            return speech.say("Run scripts/install-device again. It installs what is missing.")
        case "no_permission":
            return speech.say("Add the kiosk's user to the group named in the log, then restart the machine.")
        case "pin_in_use":
            return speech.say(
                "Another program is using its pin. Close it, or wire another pin and set it in kiosk.toml."
            )
        case "spi_off":
            return speech.say("Write dtparam=spi=on into /boot/firmware/config.txt, then restart the machine.")
        case "no_pins":
            return speech.say("Parts on pins need a Raspberry Pi. The kiosk's user must be in the group gpio.")
        case _:
            return speech.say("Unplug it, wait 5 seconds and plug it in. If that does not help, read the log.")


def out_of_order(speech: Localizer, why: str) -> Explanation:
    """Explain why the kiosk is out of order; `why` is a reason code of the journal or `out_of_service`."""
    if why in NOT_SET_UP:
        return _not_set_up(speech, why)
    if why == "revoked":
        return Explanation(
            speech.say("This kiosk is out of service."),
            speech.say("The library system no longer accepts data from it."),
            speech.say("Please go to the service desk. Your loans are unchanged."),
        )
    if why == "updating":
        return Explanation(
            speech.say("Back in about 2 minutes."),
            speech.say("This kiosk is getting a new version."),
            speech.say("If you cannot wait, go to the service desk. Your loans are unchanged."),
        )
    if why == "out_of_service":
        return Explanation(
            speech.say("This kiosk is out of service."),
            "",
            speech.say("Please go to the service desk. Your loans are unchanged."),
        )
    return Explanation(
        speech.say("This kiosk is out of order."),
        speech.say("It cannot save loans or returns at the moment."),
        speech.say("Please go to the service desk. Your loans are unchanged."),
    )


def _not_set_up(speech: Localizer, why: str) -> Explanation:
    what = speech.say("This machine is not a kiosk yet.")
    no_file = speech.say("It has no kiosk.toml, so it does not know its library.")
    bad_file = speech.say("Its kiosk.toml cannot be used.")
    not_enrolled = speech.say("It is not registered at the library's hub.")
    match why:
        case "no_config":
            return Explanation(
                what,
                no_file,
                speech.say("Enter this command on it, or put a kiosk.toml on its boot partition and restart it."),
            )
        case "bad_config":
            return Explanation(
                what,
                bad_file,
                speech.say(
                    "This command lists every fault in it. Correct them, and the kiosk continues automatically."
                ),
            )
        case "no_card_file":
            return Explanation(
                what, no_file, speech.say("Put a kiosk.toml on the partition KIOSK of its card and restart it.")
            )
        case "bad_card_file":
            return Explanation(
                what, bad_file, speech.say("Correct the file on the partition KIOSK of its card and restart it.")
            )
        case "card_not_enrolled":
            return Explanation(
                what,
                not_enrolled,
                speech.say("Put a kiosk.toml with a new code on the partition KIOSK of its card and restart it."),
            )
        case _:
            return Explanation(
                what, not_enrolled, speech.say("Get a code from the Kiosks page of the hub, then enter this command.")
            )


def file_refused(speech: Localizer) -> Explanation:
    """Return the text around the refusal of a kiosk.toml on the boot partition."""
    return Explanation(
        speech.say("The kiosk.toml on the boot partition was refused."),
        "",
        speech.say("Correct it on a laptop and restart, or enter:"),
    )


def receipt_problem(speech: Localizer, why: str, half: bool = False) -> str:
    """Explain why no receipt was printed; `half`: a part of it was."""
    problem = _receipt_problem(speech, why)
    return speech.say("{problem} This is not a valid receipt.", problem=problem) if half else problem


def _receipt_problem(speech: Localizer, why: str) -> str:
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
