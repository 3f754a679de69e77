"""Test the patron's card on their phone: a barcode that kiosks read, its last day, and what is shown without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import Card, Library, Patron
from hub.ils.bridge.circulation_adapter import CirculationAdapter
from hub.outreach.patrons.models import Person
from hub.outreach.portal.models import Scope
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import BarcodeHunt, Frame, Symbology
from tests.hub.outreach.portal.phone import start_session
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

PATH, BOX = (
    re.compile(r'<path d="((?:M[\d.]+ 0h[\d.]+v1h-[\d.]+z)+)"'),
    re.compile(r'id="bars" viewBox="0 0 ([\d.]+) 1"'),
)
BAR = re.compile(r"M([\d.]+) 0h([\d.]+)")
MODULE = 6
"""Pixels of a narrow bar in the camera's picture."""


@pytest.fixture
def phone(world: World, ada: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    start_session(client, ada)
    return client


def account(phone: Client) -> str:
    response = phone.get(reverse("portal:me"))
    assert response.status_code == 200
    return response.content.decode()


def camera_reads(page: str) -> list[tuple[str, str]]:
    """Return symbology and text of what the kiosk's decoder finds in the page's barcode."""
    path, box = PATH.search(page), BOX.search(page)
    assert path is not None and box is not None
    grey = np.full((480, round(float(box[1]) * MODULE)), 255, np.uint8)
    for left, width in BAR.findall(path[1]):
        first = round(float(left) * MODULE)
        grey[40:440, first : first + round(float(width) * MODULE)] = 0
    hunt = BarcodeHunt(frozenset(Symbology) - {Symbology.QR}, frozenset(), thorough=False)
    frame = Frame(grey.shape[1], grey.shape[0], grey.shape[1], grey.tobytes())
    return [(each.symbology.value, each.text) for each in Cascade().decode(frame, hunt).codes]


@pytest.fixture(params=Library.Symbology.values)
def symbology(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    Library.objects.update(symbology=request.param)
    yield request.param


def test_kiosk_camera_reads_the_barcode(world: World, phone: Client, symbology: str) -> None:
    assert camera_reads(account(phone)) == [(symbology, world.ada.identifier)]


def test_card_has_name_number_and_last_day_and_is_not_kept(world: World, phone: Client) -> None:
    response = phone.get(reverse("portal:me"))
    seen, number = words(response.content), world.ada.identifier
    assert "Ada Sample Card ending 0012 Valid until 25 Nov 2027 Show card" in seen
    assert " ".join((number[:4], number[4:8], number[8:12], number[12:])) in seen
    assert "Renew it" not in seen
    assert "Kept-For" not in response and "no-store" in response["Cache-Control"]


def test_card_needs_the_whole_sign_in(world: World, ada: Person) -> None:
    client = Client()
    assert client.get(reverse("portal:me")).status_code == 302
    start_session(client, ada, Scope.LOANS)
    assert client.get(reverse("portal:me")).status_code == 302


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        (date(2026, 12, 26), "Valid until Sat 26 Dec Show card"),
        (date(2026, 12, 25), "Your card ends on Fri 25 Dec. Renew it at the service desk."),
        (date(2026, 11, 25), "Your card ends on Wed 25 Nov. Renew it at the service desk."),
        (date(2026, 11, 24), "Your card expired on Tue 24 Nov. Renew it at the service desk."),
        (None, "Card ending 0012 Show card"),
    ],
)
def test_card_that_ends_soon_says_how_to_renew_it(world: World, phone: Client, expires: date | None, said: str) -> None:
    Patron.objects.filter(pk=world.ada.pk).update(expires=expires)
    seen = words(account(phone).encode())
    assert said in seen and ("Renew it" in seen) == ("Renew it" in said)


def test_lost_card_has_no_barcode(world: World, phone: Client) -> None:
    Card.objects.filter(patron=world.ada).update(status=Card.Status.LOST)
    page = account(phone)
    assert "We cannot show the barcode of your card here." in page and PATH.search(page) is None
    assert world.ada.identifier not in page and "Ada Sample" not in page


class IlsWithoutCards(CirculationAdapter):
    card = None  # type: ignore[assignment]


def test_system_without_card_numbers_has_no_barcode(world: World, phone: Client, settings: object) -> None:
    settings.LIBRARY_SYSTEM = f"{__name__}.IlsWithoutCards"  # type: ignore[attr-defined]
    page = account(phone)
    assert "We cannot show the barcode of your card here." in page and PATH.search(page) is None
