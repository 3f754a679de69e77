"""Test the staff page of new titles and its error messages."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSettings, DigestSubscription, Remark
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def press(grace: Grace, name: str, *args: object, **fields: object) -> str:
    return words(grace.client.post(reverse(f"new_titles:{name}", args=args), fields, follow=True).content)


def test_empty_page_offers_no_sending(world: World) -> None:
    world.advance(days=90)
    grace = Grace()
    page = words(grace.client.get(reverse("new_titles:overview")).content)
    assert "No new titles in the last 7 days" in page and "Send now" not in page
    assert "No patron needs a digest now. Nothing was sent." in press(grace, "send")


def test_left_out_title_is_restored_by_undo(world: World) -> None:
    grace, walden = Grace(role="marketing"), add_title(world, "Walden")
    grace.last = grace.client.post(reverse("new_titles:leave_out", args=(walden.pk,)), follow=True).content.decode()
    assert Remark.objects.get(title=walden).out
    assert "“Walden” is listed again." in grace.undo()
    assert not Remark.objects.get(title=walden).out


def test_overlong_remark_is_rejected_and_old_one_kept(world: World) -> None:
    grace, walden = Grace(), add_title(world, "Walden")
    press(grace, "line", walden.pk, words_zh="湖畔两年", words_en="Two years at a pond")
    assert "Walden: Enter at most 160 characters (162 entered)" in press(grace, "line", walden.pk, words_zh="湖" * 81)
    assert Remark.objects.get(title=walden).words["zh"] == "湖畔两年"


def test_schedule_is_saved_validated_and_disabled(world: World) -> None:
    grace = Grace()
    schedule = {"weekday": "0", "moment": "09:30", "most": "4", "on": "on"}
    assert "next on Mon 30 Nov 09:30" in press(grace, "terms", **schedule)
    refused = grace.client.post(reverse("new_titles:terms"), {**schedule, "most": "0"})
    assert refused.status_code == 422 and DigestSettings.now().most == 4
    assert "is not sent automatically" in press(grace, "terms", weekday="0", moment="09:30", most="4")


def test_staff_set_digest_frequency_of_patron(world: World) -> None:
    grace, ada = Grace(role="librarian"), give_consents(world.ada, Purpose.DIGEST)
    assert "Digest of new titles" in grace.page("patron_messages", world.ada.pk)
    assert "Digest of new titles: monthly." in press(grace, "every", ada.pk, every="monthly")
    assert DigestSubscription.objects.get().every == DigestFrequency.MONTHLY
    assert grace.client.post(reverse("new_titles:every", args=(ada.pk,)), {"every": "hourly"}).status_code == 404


def test_clerk_cannot_send_digest(world: World) -> None:
    assert Grace(role="clerk").client.post(reverse("new_titles:send")).status_code == 403


def add_new_titles(world: World) -> None:
    """Create two new titles, one with a remark, and one that staff left out."""
    world.advance(days=90)
    Remark.objects.create(
        title=add_title(world, "Stars & <Planets>", "Sagan"), words={"zh": "夜空入门", "en": "The sky at night"}
    )
    world.advance(hours=1)
    add_title(world, "额尔古纳河右岸", "迟子建")
    Remark.objects.create(title=add_title(world, "Walden"), out=True)


def test_rss_lists_new_titles(world: World) -> None:
    add_new_titles(world)
    response = Client().get("/p/new/en.rss")
    assert response["Content-Type"].startswith("application/rss+xml") and "public" in response["Cache-Control"]
    channel = ElementTree.fromstring(response.content).find("channel")
    assert channel is not None
    assert (channel.findtext("title"), channel.findtext("language")) == ("New at Test Library", "en")
    river, stars = channel.findall("item")
    assert [each.findtext("title") for each in (river, stars)] == ["额尔古纳河右岸", "Stars & <Planets>"]
    assert stars.findtext("description") == "The sky at night · Sagan · 813 XYZ"
    since = hub_clock().now() - parsedate_to_datetime(str(river.findtext("pubDate")))
    assert timedelta(0) <= since < timedelta(minutes=1)
    assert river.findtext("guid") != stars.findtext("guid")


def test_json_feed_lists_new_titles(world: World) -> None:
    add_new_titles(world)
    response = Client().get("/p/new/zh.json")
    assert response["Content-Type"] == "application/feed+json"
    feed = json.loads(response.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["language"] == "zh-hans" and feed["feed_url"].endswith("/p/new/zh.json")
    river, stars = feed["items"]
    assert (river["title"], river["authors"]) == ("额尔古纳河右岸", [{"name": "迟子建"}])
    assert stars["content_text"].startswith("夜空入门") and stars["url"] == stars["id"]
    since = hub_clock().now() - datetime.fromisoformat(river["date_published"])
    assert timedelta(0) <= since < timedelta(minutes=1)


def test_feeds_without_new_titles_are_valid(world: World) -> None:
    world.advance(days=90)
    assert json.loads(Client().get("/p/new/zh.json").content)["items"] == []
    assert ElementTree.fromstring(Client().get("/p/new/zh.rss").content).findall("channel/item") == []


def test_feed_url_points_to_anchor_on_page(world: World) -> None:
    add_new_titles(world)
    (river, _stars) = json.loads(Client().get("/p/new/zh.json").content)["items"]
    page = Client().get("/p/new/", headers={"Accept-Language": "zh-hans"}).content
    assert f'id="{river["url"].partition("#")[2]}"' in page.decode()
    assert "额尔古纳河右岸 迟子建" in words(page) and "夜空入门" in words(page) and "Walden" not in words(page)


def test_unsupported_language_returns_404(world: World) -> None:
    assert Client().get("/p/new/fr.rss").status_code == 404
