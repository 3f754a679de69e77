"""Test the page of logo and accent colour: contrast, unusable files, and where patrons see them."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons.look import CONTROL, LOGO, PAPER, TEXT, contrast, tone
from hub.outreach.patrons.models import LibraryLook
from hub.outreach.patrons.purposes import MessageKind
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.cards import CardFace, CardPaper, card_pdf
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#1d5fa8").save(out, kind)
    return out.getvalue()


def upload(grace: Grace, data: bytes) -> str:
    return words(
        grace.client.post(reverse("library:look"), {"logo": SimpleUploadedFile("logo.png", data)}, follow=True).content
    )


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffff00", "#1d5fa8", "#808080", "#fa8040"])
def test_every_accent_becomes_readable_on_light_and_dark_pages(accent: str) -> None:
    for theme, paper in PAPER.items():
        made = tone(accent, theme)
        assert contrast(made.accent, made.on_accent) >= TEXT and contrast(made.accent, paper) >= CONTROL
    assert contrast("#ffff00", PAPER["light"]) < CONTROL, "the rule is needed"
    assert round(contrast("#000000", "#ffffff"), 2) == 21


def test_colour_reaches_phones_and_mails_and_is_undone(grace: Grace) -> None:
    css = reverse("portal:look")
    assert css not in Client().get(reverse("portal:home")).content.decode()
    assert "Enter a colour" in post(grace, "look", has_accent="on", accent="blue;}")
    page = post(grace, "look", has_accent="on", accent="#ffff00")
    assert "Logo and colour saved" in page and "a little darker on light pages" in page
    made = tone("#ffff00", "light")
    assert css in Client().get(reverse("portal:home")).content.decode()
    assert f"--accent: {made.accent}" in Client().get(css).content.decode()
    mail = Renderer().words(MessageKind.TEST, "en", {"link": "https://library.example/p/"})
    assert f"background:{made.accent};color:{made.on_accent}" in mail.html
    assert "Undone" in grace.undo()
    assert css not in Client().get(reverse("portal:home")).content.decode()
    assert "#fa8040" in Renderer().words(MessageKind.TEST, "en", {"link": "https://library.example/p/"}).html


def test_logo_is_scaled_shown_and_removed(grace: Grace) -> None:
    assert "Logo and colour saved" in upload(grace, picture((2000, 500), "JPEG"))
    stored = Image.open(BytesIO(bytes(LibraryLook.now().logo)))
    assert (stored.format, stored.size) == ("PNG", (LOGO[0], LOGO[0] // 4))
    assert reverse("portal:logo") in Client().get(reverse("portal:home")).content.decode()
    assert Client().get(reverse("portal:logo")).headers["Content-Type"] == "image/png"
    mail = Renderer().words(MessageKind.TEST, "en", {})
    assert "cid:logo@library" in mail.html and mail.logo == bytes(LibraryLook.now().logo)
    face = CardFace(("Test Library",), "Ada", "1234")
    plain = card_pdf(face, CardPaper.CARD, Symbology("code128"))
    pictured = card_pdf(CardFace(face.library, face.name, face.number, mail.logo), CardPaper.CARD, Symbology("code128"))
    assert b"/Subtype /Image" not in plain and b"/Subtype /Image" in pictured
    post(grace, "look", no_logo="on")
    listed = words(grace.client.get(reverse("audit:changes") + "?show=look").content)
    assert "logo: a picture → –" in listed
    assert "Undone" in grace.undo() and LibraryLook.now().logo


def test_unusable_files_are_refused(grace: Grace) -> None:
    bomb = bytearray(picture((64, 64)))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    assert "not a readable" in upload(grace, b"<svg onload='alert(1)'/>")
    assert "not a readable" in upload(grace, picture((64, 64), "GIF"))
    assert "too small" in upload(grace, picture((8, 64)))
    assert "too large" in upload(grace, picture((5000, 4000), "JPEG"))
    refused = upload(grace, bytes(bomb))
    assert "too large" in refused or "not a readable" in refused
    assert not LibraryLook.objects.exists()


def test_preview_and_page_are_for_administrators(grace: Grace) -> None:
    answer = grace.client.get(reverse("library:look_preview"), {"accent": "#FFFF00"}).json()
    assert answer["tones"]["light"]["accent"] == tone("#ffff00", "light").accent
    assert grace.client.get(reverse("library:look_preview"), {"accent": "red"}).json()["note"].startswith("The product")
    librarian = Grace(role="librarian").client
    assert librarian.get(reverse("library:look")).status_code == 403
