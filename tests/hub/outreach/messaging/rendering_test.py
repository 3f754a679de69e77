"""Test covers in mail: a picture travels with the mail, and a drawn cover needs none."""

from __future__ import annotations

import re
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from django.template.loader import get_template
from PIL import Image

import hub
from hub.catalogue.covers.drawn import hub_store
from hub.catalogue.covers.picture import encode_cover
from hub.catalogue.models import Title
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, Plain, queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.catalogue.covers.pictures import picture
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.messaging.outbox_test import deliver
from tests.hub.support.world import World

COLOUR = re.compile(r"#[0-9a-f]{6}")


@pytest.fixture
def pictured(world: World) -> Title:
    """Dune has a picture; the other titles have none."""
    title: Title = world.dune.title
    Title.objects.filter(pk=title.pk).update(cover=hub_store().put(encode_cover(picture())))
    title.refresh_from_db()
    return title


def send_reminder(ada: Person, *titles: tuple[int, str]) -> None:
    items: list[dict[str, Plain]] = [{"work": key, "words": words, "due": "2026-12-20"} for key, words in titles]
    queue_message(ada, MessageKind.DUE_SOON, "1", {"items": items, "count": len(items)})
    deliver()


def pictures(mail: EmailMessage) -> dict[str, bytes]:
    return {str(part["Content-ID"]): part.get_payload(decode=True) for part in mail.walk() if part["Content-ID"]}  # type: ignore[misc]


def test_cover_image_is_embedded_in_mail(world: World, pictured: Title, ada: Person, post: Mailbox) -> None:
    send_reminder(ada, (pictured.pk, "Dune"), (world.emma.title_id, "Emma"))
    (mail,) = post.mails
    ((cid, jpeg),) = pictures(mail).items()
    with Image.open(BytesIO(jpeg)) as found:
        assert found.format == "JPEG" and 100 <= found.width <= 116
    html = body(mail, "html")
    assert f'src="cid:{cid.strip("<>")}"' in html
    assert html.count('class="cover"') == 2
    assert "http" not in html.partition('class="button"')[0].replace("http-equiv", ""), (
        "opening the mail contacts no server"
    )
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/related", "multipart/alternative", "text/plain", "text/html", "image/jpeg",
    ]  # fmt: skip


def test_mail_without_images_has_no_attachments(world: World, ada: Person, post: Mailbox) -> None:
    send_reminder(ada, (world.emma.title_id, "Emma"))
    assert pictures(post.mails[0]) == {}
    assert 'class="cover"' in body(post.mails[0], "html")
    assert post.mails[0].get_content_type() == "multipart/alternative"


def test_reminder_embeds_cover_of_loan_and_plain_text_names_title(
    world: World, pictured: Title, ada: Person, post: Mailbox
) -> None:
    world.upload(world.checkout(world.dune))
    (loan,) = the_central().account(ada.ref).loans
    facts: dict[str, Fact] = {"items": [{"words": loan.words, "loan": loan.loan, "due": "2026-12-20"}], "count": 1}
    queue_message(ada, MessageKind.DUE_SOON, "2", facts)
    deliver()
    mail = next(each for each in post.mails if pictures(each))
    assert "Dune" in body(mail)


def test_deleted_image_falls_back_to_drawn_cover(world: World, pictured: Title, ada: Person, post: Mailbox) -> None:
    hub_store().drop(pictured.cover)
    send_reminder(ada, (pictured.pk, "Dune"))
    assert pictures(post.mails[0]) == {} and 'class="cover"' in body(post.mails[0], "html")


def test_deleted_title_has_no_cover(world: World, ada: Person, post: Mailbox) -> None:
    send_reminder(ada, (10**9, "Gone"))
    assert 'class="cover"' not in body(post.mails[0], "html")


def test_mail_has_the_colours_of_the_patron_pages() -> None:
    css = (Path(hub.__file__).parent / "outreach" / "portal" / "static" / "portal" / "portal.css").read_text("utf-8")
    template = get_template("messaging/message.html").template.source
    tokens = set(COLOUR.findall(css.partition("*, *::before")[0]))
    assert set(COLOUR.findall(template)) <= tokens
