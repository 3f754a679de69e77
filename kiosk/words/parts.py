"""Describe the condition of the kiosk's parts and the results of their tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kiosk.system.health import Condition, Device, PartName, PartState
from kiosk.views import Trial
from kiosk.words.localizer import Localizer

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
