"""Tell technicians how to repair a faulty part, by reason code."""

from __future__ import annotations

from kiosk.system.health import Condition, PartName, PartState
from kiosk.words.localizer import Localizer


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
            return speech.say(
                "Borrowing is paused until the library system responds. Check the network. Returns still work."
            )
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
