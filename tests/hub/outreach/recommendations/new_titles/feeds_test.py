"""Test the public list of new titles as page and feeds, and that it contains no patron data."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from django.test import Client

from hub.core.clock import hub_clock
from hub.outreach.recommendations.new_titles.models import Remark
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


def add_new_titles(world: World) -> None:
    """Create two new titles, one with a remark, and one that staff left out."""
    world.advance(days=90)
    Remark.objects.create(title=add_title(world, "Stars & <Planets>", "Sagan"), zh="夜空入门", en="The sky at night")
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
