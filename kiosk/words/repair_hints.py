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
            return speech.say("Tell the library. Keep journal.db.damaged-* elsewhere, then take it out of its folder.")
        case PartName.BACKLOG if state.reason == "lending_stopped":
            return speech.say("Let it reach the library's system: then it lends again.")
        case PartName.BACKLOG:
            return speech.say("Let it reach the library's system before lending stops.")
        case PartName.DISK:
            return speech.say("Make room: what cannot be written is not promised.")
        case PartName.CLOCK if state.reason == "wrong_time":
            return speech.say("Set this machine's clock: the library's system has another time.")
        case PartName.CLOCK if state.reason == "other_time":
            return speech.say("Set the clock of the library's system: its time is wrong.")
        case PartName.CLOCK:
            return speech.say("Let the kiosk reach a time server (NTP), or fit a clock with a battery.")
        case PartName.TEMPERATURE:
            return speech.say("Give the case air, or a cooler.")
        case PartName.SUPPLY:
            return speech.say("Take the board's own supply and a short cable; feed printer and lamps from another.")
        case PartName.PINS:
            return speech.say("See who stands at the kiosk: somebody may be guessing.")
        case PartName.SNAPSHOT if state.reason == "unwritable":
            return speech.say("Make room on the disk, then start the kiosk again.")
        case PartName.SNAPSHOT if state.reason == "unusable_answer":
            return speech.say("Check time zone, closed days and rules at the hub. Until then the old rules hold.")
        case PartName.SNAPSHOT if state.reason == "stale":
            return speech.say(
                "Lending is closed until the library's system answers: look at the network. Returns go on."
            )
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


def _mending_central(speech: Localizer, reason: str) -> str:
    match reason:
        case "identity_refused" | "revoked":
            return speech.say("Ask the hub for a code and enrol this kiosk: sudo kiosk enrol.")
        case "login_refused":
            return speech.say("Check user and the password in password_file: the library's system refuses them.")
        case "not_sip2":
            return speech.say("Another service, such as telnet, has this port: put the raw SIP2 port into kiosk.toml.")
        case "central_closed":
            return speech.say("Ask who runs the library's system: it says that it takes no kiosks just now.")
        case "captive_portal":
            return speech.say("Connect the kiosk to a network without a sign-in page.")
        case "tls_failed":
            return speech.say("Check the kiosk's clock, then the hub's certificate.")
        case "server_error" | "other_wire" | "too_big" | "unusable_answer":
            return speech.say("Look at the hub. Loans are kept here and handed over later.")
        case _:
            return speech.say("Check the network. Loans are kept here and handed over later.")


def _mending_journal(speech: Localizer, reason: str) -> str:
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
            return speech.say("Start the kiosk again: it moves it aside, keeps it, and goes on with what can be read.")


def _mending_part(speech: Localizer, reason: str) -> str:
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
        case "refused":
            return speech.say("It is there, but its port is closed: check host and port in kiosk.toml (usual: 9100).")
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
