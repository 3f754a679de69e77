"""Test the pages of the kiosks' settings: draft, differences, publication, going back, and what a kiosk answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.urls import reverse
from pydantic import ValidationError

from hub.core.clock import hub_clock
from hub.fleet import devices, kiosk_settings
from hub.fleet.kiosk_settings import Scope
from hub.fleet.models import SettingsVersion
from lending import request_signature
from lending.wire.kiosk_settings import name_of
from tests.hub.staff.kiosks_test import send_health
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

RUNS = {"name": "", "version": 0, "waiting": "", "refused": "", "fault": "", "field": "", "unknown": []}


def publish(grace: Grace, scope: str, **values: str) -> None:
    grace.post("kiosk_settings_act", scope, "draft", **values)
    publish_draft(grace, scope)


def publish_draft(grace: Grace, scope: str) -> str:
    page = grace.client.get(reverse("staff:kiosk_settings", args=(scope,))).content.decode()
    found = re.search(r'name="revision" value="([^"]+)"', page)
    assert found is not None
    return grace.post("kiosk_settings_act", scope, "publish", revision=found[1])


def received(world: World, **report: object) -> Any:
    return send_health(world.device, **({"settings": {**RUNS, **report}} if report else {}))["settings"]


def test_draft_changes_nothing_until_it_is_published_and_one_click_goes_back(world: World, grace: Grace) -> None:
    assert received(world) is None
    page = grace.post("kiosk_settings_act", "all", "draft", sound_volume="60")
    assert "Volume of the scanning tone as set up at the kiosk 60 %" in page
    assert received(world) is None
    publish_draft(grace, "all")
    signed = received(world)
    assert json.loads(signed["document"]) == {"wire": 1, "version": 1, "values": {"sound_volume": 0.6}}
    text = request_signature.settings_text(world.device.id, signed["document"])
    assert request_signature.verifies(devices.hub_public_key(), text, signed["signature"])
    elsewhere = request_signature.settings_text("0" * 32, signed["document"])
    assert not request_signature.verifies(devices.hub_public_key(), elsewhere, signed["signature"])
    publish(grace, "all", sound_volume="90")
    first = SettingsVersion.objects.get(number=1)
    page = grace.post("kiosk_settings_act", "all", "return", version=str(first.pk))
    assert "published again, as version 3" in page
    assert json.loads(received(world)["document"])["values"] == {"sound_volume": 0.6}


def test_draft_that_was_changed_meanwhile_is_not_published(world: World, grace: Grace) -> None:
    grace.post("kiosk_settings_act", "all", "draft", sound_volume="60")
    seen = SettingsVersion.objects.get().revision
    world.advance(seconds=1)
    grace.post("kiosk_settings_act", "all", "draft", sound_volume="90")
    assert "changed or published meanwhile" in grace.post("kiosk_settings_act", "all", "publish", revision=seen)
    assert received(world) is None
    publish_draft(grace, "all")
    assert "changed or published meanwhile" in grace.post("kiosk_settings_act", "all", "publish", revision=seen)
    assert "no draft any more" in grace.post("kiosk_settings_act", "all", "discard")
    assert [each.number for each in SettingsVersion.objects.all()] == [1], "the published one stays"


def test_times_without_their_choice_are_not_dropped(world: World, grace: Grace) -> None:
    typed = {"screen_from": "08:00", "screen_to": "20:00"}
    page = grace.client.post(reverse("staff:kiosk_settings_act", args=("all", "draft")), typed)
    assert page.status_code == 422 and "to use the times" in page.content.decode()


def test_kiosk_wins_over_branch_and_branch_over_all(world: World, grace: Grace) -> None:
    branch, kiosk = f"branch-{world.kiosk.branch_id}", f"kiosk-{world.kiosk.pk}"
    publish(grace, "all", sound_volume="60", voice_speed="120", accent="#1d5fa8")
    publish(grace, branch, sound_volume="40", voice_speed="140")
    publish(grace, kiosk, sound_volume="20")
    values = json.loads(received(world)["document"])["values"]
    assert values == {"sound_volume": 0.2, "voice_speed": 140, "accent": "#1D5FA8"}
    assert "If left empty: 40 %" in grace.page("kiosk_settings", kiosk)


def test_answers_of_the_kiosk_are_shown_in_words(world: World, grace: Grace) -> None:
    publish(grace, "all", languages="en")
    name = name_of(received(world)["document"])

    def shown(**report: object) -> str:
        received(world, **report)
        return grace.page("kiosk_settings", "all")

    assert "does not take settings from the hub" in grace.page("kiosk_settings", "all")
    assert "Version 1 will be sent when the kiosk next reports" in shown(name="0" * 16)
    assert "Version 1 is applied after this visit" in shown(waiting=name)
    assert "Version 1 applied" in shown(name=name, version=1)
    assert "except for what this kiosk does not know: new_thing Update the kiosk." in shown(
        name=name, version=1, unknown=["new_thing"]
    )
    refused = shown(refused=name, fault="value", field="languages")
    assert "Languages offered: this kiosk cannot use the value" in refused
    assert "Leave out languages that this kiosk does not have" in refused
    assert "failed to start with it and restored the previous settings" in shown(refused=name, fault="start")
    assert received(world, refused=name, fault="start") is None, "a refused document is not sent again"
    assert received(world, fault="altered") is not None, "an altered one is"


def test_page_previews_the_draft_and_hides_what_does_not_change(world: World, grace: Grace) -> None:
    night = {"screen": "hours", "screen_from": "21:00", "screen_to": "06:00", "accent": "#1d5fa8"}
    grace.post("kiosk_settings_act", "all", "draft", **night)
    page = grace.client.get(reverse("staff:kiosk_settings", args=("all",))).content.decode()
    assert '<rect x="0" width="25.0" height="10"/><rect x="87.5" width="12.5" height="10"/>' in page
    assert "--accent: #1D5FA8; --on-accent: #FCF9F3" in page
    hidden = dict(re.findall(r'data-setting="(\w+)"[^>]*?( hidden)?>', page))
    assert [name for name, flag in hidden.items() if not flag] == ["screen_hours", "accent"]


def test_first_screen_and_opening_hours_are_settings(world: World, grace: Grace) -> None:
    grace.post("kiosk_settings_act", "all", "draft", screen="open", slides="posters")
    draft = Scope().draft
    assert draft is not None and draft.values == {"screen_hours": "open", "slides": "posters"}
    page = grace.page("kiosk_settings", "all")
    assert "First screen shows as set up at the kiosk posters" in page
    assert "Screen on as set up at the kiosk while the branch is open" in page


@pytest.mark.parametrize("field", ["pins", "card_reader", "hub", "url", "private_key"])
def test_what_belongs_to_the_machine_cannot_be_saved(world: World, field: str) -> None:
    with pytest.raises(ValidationError):
        kiosk_settings.save_draft(Scope(), {field: "x"}, "grace", hub_clock().now())
    assert not SettingsVersion.objects.exists()


def test_invalid_input_is_explained_and_not_saved(world: World, grace: Grace) -> None:
    url = reverse("staff:kiosk_settings_act", args=("all", "draft"))
    page = grace.client.post(url, {"accent": "blue", "screen": "hours", "languages": ["en"], "language": "zh"})
    assert page.status_code == 422
    for words in ("Enter a colour such as", "Enter two different times", "Choose one of the languages offered"):
        assert words in page.content.decode()
    assert not SettingsVersion.objects.exists()


def test_only_those_who_set_up_the_library_change_settings(world: World) -> None:
    clerk = Grace(role="librarian", name="lin")
    assert clerk.client.get(reverse("staff:kiosk_settings", args=("all",))).status_code == 403
