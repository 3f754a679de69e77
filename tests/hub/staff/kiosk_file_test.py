"""Staff make a kiosk.toml for a machine, which provisions and enrols itself with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from hub.circulation.models import NumberSeries
from hub.fleet.models import EnrolmentCode
from hub.staff.kiosk_file import KioskFileForm
from kiosk.config import load
from kiosk.provisioning.command import provision
from lending import request_signature
from lending.technician_codes import is_code
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.device import enrol
from tests.hub.support.world import World
from tests.kiosk.provisioning.detected_parts_test import raspberry_pi

pytestmark = pytest.mark.django_db
ANSWERS = {
    "url": "https://hub.example.org/",
    "language": "zh",
    "screen": "10",
    "rotation": "0",
    "card_reader": "mfrc522",
    "barcode_scanner": "picamera2",
    "receipt_printer": "detect",
    "paper": "80",
    "lights": "as_wired",
    "keys": "none",
    "bin": "as_wired",
    "security_gate": "none",
    "item_pad": "none",
    "sound": "none",
    "item_prefix": "3",
    "item_length": "14",
    "item_luhn": "on",
    "card_prefix": "2",
    "card_length": "14",
    "card_luhn": "on",
}


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def url(world: World) -> str:
    return reverse("staff:kiosk_file", args=(world.kiosk.pk,))


def download(world: World, grace: Grace, **answers: str) -> str:
    response = grace.client.post(url(world), ANSWERS | answers)
    assert response.status_code == 200, words(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="kiosk.toml"'
    return response.content.decode()


def test_file_provisions_the_machine_and_its_code_enrols_it_for_a_week(
    world: World, grace: Grace, tmp_path: Path
) -> None:
    text = download(world, grace, technician="ada", technician_code="246810")
    sections = raspberry_pi(tmp_path).fill_in(tomllib.loads(text))
    sections["paths"] = {"state": str(tmp_path / "state"), "runtime": str(tmp_path / "run")}
    file = tmp_path / "etc" / "kiosk.toml"
    (tmp_path / "state").mkdir()
    provision(file, sections)
    config = load(file)
    assert (config.kiosk.name, config.library.branch) == (world.kiosk.name, world.kiosk.branch.code)
    assert config.receipt_printer.model_dump().items() >= {"driver": "usb", "vendor": 0x04B8, "width": 576}.items()
    assert config.card_reader.driver == "mfrc522" and config.lights.driver == "gpio" and config.bin.driver == "gpio"
    assert is_code("246810", config.technicians["ada"])
    world.advance(days=6)
    code = request_signature.plain_code(sections["enrolment"]["code"])
    answer = enrol(code, b"k" * 32)
    assert (answer.status_code, answer.json()["kiosk"]) == (200, world.kiosk.name)
    assert enrol(code, b"o" * 32).json() == {"detail": "used_code"}


def test_code_in_a_file_expires_and_a_new_file_or_a_click_cancels_it(world: World, grace: Grace) -> None:
    def code() -> str:
        return request_signature.plain_code(tomllib.loads(download(world, grace))["enrolment"]["code"])

    first, second = code(), code()
    assert enrol(first, b"k" * 32).json() == {"detail": "wrong_code"}
    assert "A code of this kiosk is unused" in words(grace.client.get(url(world)).content)
    assert "is cancelled" in grace.post("cancel_code", world.kiosk.pk)
    assert enrol(second, b"k" * 32).json() == {"detail": "wrong_code"}
    third = code()
    world.advance(days=7)
    assert enrol(third, b"k" * 32).json() == {"detail": "expired_code"}


@pytest.mark.parametrize("name", [*KioskFileForm.PARTS, "screen", "rotation", "language"])
def test_every_answer_makes_a_file_that_a_kiosk_accepts(world: World, tmp_path: Path, name: str) -> None:
    grace, found = Grace(), raspberry_pi(tmp_path)
    (tmp_path / "sys/firmware/devicetree/base").mkdir(parents=True)
    (tmp_path / "sys/firmware/devicetree/base/model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    (tmp_path / "dev/serial/by-id/usb-Raspberry_Pi_Pico_E6-if00").touch()
    for choice, _words in getattr(KioskFileForm().fields[name], "choices", [("printer.example.org", "")]):
        answers = {name: str(choice)} | ({"host": "printer.example.org"} if choice == "network" else {})
        file = tmp_path / "kiosk.toml"
        text = download(world, grace, **answers)
        file.write_text(text, encoding="utf-8")
        sections = found.fill_in(tomllib.loads(text))
        provision(tmp_path / "etc" / "kiosk.toml", sections | {"paths": paths(tmp_path)})


def paths(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "state").mkdir(exist_ok=True)
    return {"state": str(tmp_path / "state"), "runtime": str(tmp_path / "run")}


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"url": "http://hub.example.org"}, "Cards and PINs can be read on the way to it"),
        ({"url": "https://localhost:8000"}, "No kiosk reaches the hub at localhost"),
        ({"receipt_printer": "network"}, "Enter the printer's address"),
        ({"card_prefix": "3"}, "Items and cards need different numbers"),
        ({"card_prefix": ""}, "Items and cards need different numbers"),
        ({"card_prefix": "31"}, "Items and cards need different numbers"),
        ({"item_prefix": "978", "item_length": "13"}, "An ISBN has 13 digits"),
        ({"item_prefix": "LIBRARY", "item_length": "5", "item_luhn": ""}, "more than that of the beginning"),
        ({"url": "https://hub.example.org/kiosks"}, "without a path"),
        ({"technician": "ada"}, "Enter both a name and a code"),
        ({"technician": "ada", "technician_code": "111111"}, "at least three of them different"),
        ({"item_prefix": "LB", "item_luhn": "on"}, "Numbers with letters have no Luhn check digit"),
    ],
)
def test_answer_that_makes_no_working_file_is_refused(
    world: World, grace: Grace, answers: dict[str, str], fault: str
) -> None:
    EnrolmentCode.objects.all().delete()
    response = grace.client.post(url(world), ANSWERS | answers)
    assert response.status_code == 422 and fault in words(response.content)
    assert not EnrolmentCode.objects.exists()


def proposed(world: World, grace: Grace) -> dict[str, Any]:
    return dict(grace.client.get(url(world)).context["form"].initial)


def test_numbers_are_proposed_from_the_librarys_own(world: World, grace: Grace) -> None:
    assert {name: proposed(world, grace)[name] for name in ("item_prefix", "item_length", "card_prefix")} == {
        "item_prefix": "3",
        "item_length": 14,
        "card_prefix": "2",
    }
    NumberSeries.objects.update_or_create(
        kind="item", defaults={"is_on": True, "prefix": "LB", "length": 9, "check_digit": "none"}
    )
    found = proposed(world, grace)
    assert (found["item_prefix"], found["item_length"], found["item_luhn"]) == ("LB", 9, False)
    numbers = tomllib.loads(download(world, grace, item_prefix="LB", item_length="9", item_luhn=""))["numbers"]
    assert numbers["item"] == {"pattern": "LB[0-9]{7}"}


def test_clerk_cannot_make_a_file(world: World) -> None:
    clerk = Grace(role="clerk", name="clerk")
    assert clerk.client.get(url(world)).status_code == 403
    assert clerk.client.post(url(world), ANSWERS).status_code == 403
