"""Three invented libraries go live by the assistant, each with the currency, script and names of its country."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from hub.audit.models import SecuritySettings
from hub.catalogue.models import Branch, Item, ItemType
from hub.circulation.models import Library, Patron, Payment, Rule
from hub.core.clock import hub_clock
from hub.core.places import calling_code
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Contact
from hub.outreach.recommendations.reminders import notices
from hub.outreach.recommendations.reminders.models import OverdueNoticeStep
from hub.staff.paper.typesetting import MISSING
from tests.hub.outreach.engagement.feedback.feedback_fixtures import run_minute_jobs
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.staff.library.library_client import post
from tests.hub.staff.paper.printed import Printed
from tests.hub.staff.staff_client import Grace, words

BARCODE = "30000000000012"


@dataclass(frozen=True)
class Place:
    """A library, what its staff enter, and what they are shown for it."""

    language: str
    timezone: str
    currency: str
    name: str
    item_type: str
    category: str
    owed: str
    ada: str
    lin: str
    masked: str
    mobile: str
    stored: str
    title: str
    author: str
    query: str
    due: str
    typed: str
    charged: str
    paid_on: str
    ready: str
    overdue: str
    written: str
    """Language in the label of the library's name, which has a second field for English; empty if there is only one."""


PLACES = {
    "Ulaanbaatar": Place(
        language="mn", timezone="Asia/Ulaanbaatar", currency="MNT", name="Туул номын сан",
        item_type="Ном / Book", category="Насанд хүрэгч / Adult", owed="10000",
        ada="Б. Адаа", lin="Ө. Үүрийнтуяа", masked="Б. А.", mobile="9911 2233", stored="+97699112233",
        title="Үүлэн чөлөөний өдрүүд", author="Ө. Лин", query="чөлөөний",
        due="12-р сарын 15", typed="5,000", charged="5,000 MNT", paid_on="2026 оны 12-р сарын 1 12:00",
        ready="таны захиалсан", overdue="хугацаа хэтэрсэн", written="(Монгол)",
    ),
    "Suzhou": Place(
        language="zh-hans", timezone="Asia/Shanghai", currency="CNY", name="水巷图书馆",
        item_type="图书 / Book", category="成人 / Adult", owed="10",
        ada="林艾达", lin="欧阳小巷", masked="林**", mobile="138 0000 0000", stored="+8613800000000",
        title="水巷里的灯", author="林艾达", query="sxld",
        due="12月15日", typed="12.5", charged="12.50 元", paid_on="2026年12月1日 12:00",
        ready="您预约", overdue="逾期", written="（中文）",
    ),
    "Aarhus": Place(
        language="en", timezone="Europe/Copenhagen", currency="DKK", name="Åhavnens Bibliotek",
        item_type="Bog / Book", category="Voksen / Adult", owed="200",
        ada="Ada Ærø", lin="Lin Øster-Ågård", masked="Ada Æ.", mobile="20 12 34 56", stored="+4520123456",
        title="Øen i æblehaven", author="Ågård, Lin", query="ØEN AEBLE",
        due="15 Dec", typed="1.250,50", charged="1,250.50 DKK", paid_on="1 Dec 2026 05:00",
        ready="ready", overdue="overdue", written="",
    ),
}  # fmt: skip


@pytest.fixture
def grace(db: None, place: Place) -> Grace:
    """The administrator of an empty hub, at noon in China."""
    hub_clock().set(datetime(2026, 12, 1, 4, tzinfo=UTC))
    SecuritySettings.objects.update_or_create(pk=1, defaults={"second_step": False})
    return Grace(place.language)


def answer(grace: Grace, place: Place) -> None:
    """Answer the questions; the currency is the one proposed."""
    answers = {
        "name": place.name, "name_en": "" if place.language == "en" else "Example Library", "branch": "A",
        "timezone": place.timezone, "currency": "", "item_types": place.item_type, "categories": place.category,
        "days": "14", "limit": "5", "charges": "on", "owed": place.owed,
    }  # fmt: skip
    assert place.name in post(grace, "first_run", **answers)


def register(grace: Grace, name: str, **contacts: str) -> Patron:
    form = {"name": name, "category": "adult", "form": str(uuid4()), **contacts}
    page = grace.client.post(reverse("patrons:register"), form, follow=True)
    assert page.status_code == 200 and name in words(page.content)
    found: Patron = Patron.objects.order_by("pk").last()
    return found


def add_title(grace: Grace, place: Place) -> None:
    where = {"item-type": ItemType.objects.get().pk, "item-branch": Branch.objects.get().pk, "item-barcode": BARCODE}
    book = {"title": place.title, "author": place.author, **where}
    assert place.title in words(grace.client.post(reverse("collection:add"), book, follow=True).content)
    found = words(grace.client.get(reverse("search:titles"), {"q": place.query}).content)
    assert place.title in found and place.author in found


def pdf(response: Any) -> str:
    """Return the text of a printed page, all of whose characters the font has."""
    printed = Printed(response.content)
    assert all(printed.fonts.values()) and MISSING not in printed.texts[0]
    return printed.texts[0]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_library_goes_live(grace: Grace, place: Place) -> None:
    answer(grace, place)
    assert Library.objects.get().currency == place.currency
    assert Rule.objects.get().fee_threshold == Decimal(place.owed)
    assert place.name in words(Client(headers={"Accept-Language": place.language}).get(reverse("portal:join")).content)
    settings = words(grace.client.get(reverse("library:settings")).content)
    assert place.written in settings and ("English" in re.findall(r"[(（](.+?)[)）]", settings)) == bool(place.written)
    ada = register(grace, place.ada, sms=place.mobile, mail="ada@example.org")
    lin = register(grace, place.lin, address="Street 1, 123 Sample Town")
    sms = Contact.objects.get(channel=Channel.SMS).address.decrypt()
    assert sms == place.stored and sms.startswith(calling_code(place.timezone))
    assert place.masked in grace.page("patrons", query=f"?q={place.ada.split()[0]}")
    add_title(grace, place)
    assert place.due in grace.enter(BARCODE, lin)["line"]["where"]
    assert grace.enter(BARCODE, ada, "hold")["line"]["tone"] == "done"

    assert place.charged in grace.post("charge", ada.pk, kind="damage", amount=place.typed)
    assert place.charged in grace.post("pay", ada.pk, amount=place.typed, means="cash")
    receipt = grace.page("payment", Payment.objects.get().pk)
    assert place.charged in receipt and place.paid_on in receipt and place.name in receipt

    with mailbox() as box:
        OverdueNoticeStep.objects.all().delete()
        OverdueNoticeStep.objects.create(days=1)
        run_minute_jobs()
        hub_clock().set(datetime(2026, 12, 17, 11, tzinfo=UTC))
        grace.sign_in()
        assert notices.notices(hub_clock().now()) == 1
        letter = pdf(grace.client.post(reverse("paper:print_letters"), follow=True))
        assert place.lin in letter and place.title in letter and "Sample Town" in letter and place.overdue in letter
        assert grace.enter(BARCODE, mode="return")["line"]["tone"] == "waits"
        slip = pdf(grace.client.post(reverse("paper:print_slips"), follow=True))
        assert place.name in slip and place.masked in slip and place.title in slip
        run_minute_jobs()
    assert any(place.title in body(each) and place.ready in body(each) for each in box.mails)
    assert not re.search(r"\d\.\d\d MNT", grace.page("patron_fees", ada.pk)), "MNT has no coins"
    assert Item.objects.get().barcode == BARCODE
