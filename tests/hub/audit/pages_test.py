"""Test the administrator's pages: policies, incidents and changes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.urls import reverse

from hub.audit import field_history, policy
from hub.audit.models import AccessLogEntry, Incident
from hub.circulation import pins
from hub.circulation.models import Fee, Patron, Rule
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def test_policy_must_be_acknowledged_before_a_patron_is_opened(world: World, grace: Grace) -> None:
    ida = Grace(role="clerk", name="ida")
    ida.client.reason = ""
    draft = words(grace.client.get(reverse("audit:policy")).content)
    assert "No policy is in force yet" in draft and "no lawyer" not in draft
    grace.client.post(reverse("audit:new_policy"), {"words_zh": "守则", "words_en": "Look only at what you need."})
    own = reverse("staff:patron", args=(world.ada.pk,))
    asked = ida.client.get(own, follow=True)
    assert "Look only at what you need." in words(asked.content)
    then = unquote(asked.redirect_chain[-1][0].split("then=")[1])
    read = ida.client.post(reverse("audit:acknowledge", args=(1,)), {"then": then}, follow=True)
    assert "Why are you opening this patron's page?" in words(read.content)
    assert "read version 1" in words(grace.client.get(reverse("library:staff")).content)


def test_new_policy_version_must_be_acknowledged_and_equal_text_is_refused(world: World, grace: Grace) -> None:
    form = {"words_zh": "守则", "words_en": ""}
    grace.client.post(reverse("audit:new_policy"), form)
    grace.client.post(reverse("audit:acknowledge", args=(1,)))
    assert policy.unread("grace") is None
    same = grace.client.post(reverse("audit:new_policy"), form, follow=True)
    assert "already in force" in words(same.content)
    grace.client.post(reverse("audit:new_policy"), {**form, "words_zh": "守则二"})
    newest = policy.unread("grace")
    assert newest is not None and newest.version == 2


def test_incident_is_recorded_extended_and_closed(world: World, grace: Grace) -> None:
    now = "2026-11-25T10:00"
    form = {"what": "A list lay on the printer", "noticed": now, "affected": f"{world.ada.identifier}\n123456"}
    refused = grace.client.post(reverse("audit:incidents"), form)
    assert refused.status_code == 400
    assert "No patron found for lines: 2" in words(refused.content)
    assert "A list lay on the printer" in refused.content.decode(), "what was typed is still there"
    grace.client.post(reverse("audit:incidents"), {**form, "affected": f"{world.ada.identifier}\n{world.lin.ref}"})
    incident = Incident.objects.get()
    assert incident.affected == [world.ada.ref, world.lin.ref]
    add = reverse("audit:incident_line", args=(incident.pk,))
    grace.client.post(add, {"words": "by telephone", "whom": "both patrons"})
    page = grace.client.post(add, {"words": "shredded", "kind": "closed"}, follow=True)
    assert "Notified: both patrons by telephone" in words(page.content)
    assert "closed on" in words(page.content) and "Ada" not in words(page.content)
    assert grace.client.post(add, {"words": "later"}).status_code == 404


def test_incident_in_the_future_is_refused(world: World, grace: Grace) -> None:
    form = {"what": "x", "noticed": "2027-01-01T00:00", "affected": ""}
    assert "cannot be in the future" in words(grace.client.post(reverse("audit:incidents"), form).content)


def test_patron_status_changes_are_listed_by_pseudonym(world: World, grace: Grace) -> None:
    grace.post("patron_status", world.ada.pk, "blocked")
    page = words(grace.client.get(reverse("audit:changes")).content)
    assert f"grace {world.ada.ref} changed status: active → blocked" in page
    assert "Ada" not in page
    fields = {each.name for each in Patron.history.model._meta.fields}
    assert not fields & {"name", "identifier", "pin", "language"}
    passed = hub_clock().now() - Patron.history.filter(ref=world.ada.ref).first().history_date
    assert abs(passed) < timedelta(minutes=1), "by the hub's clock"


def test_pin_change_adds_no_history(world: World) -> None:
    before = Patron.history.count()
    pins.set_pin(world.ada, "246801")
    assert Patron.history.count() == before


def test_rule_and_fee_changes_are_listed_without_notes(world: World, grace: Grace) -> None:
    rule = Rule.objects.get()
    rule.days = 14
    rule.save()
    assert "days: 28 → 14" in words(grace.client.get(reverse("audit:changes") + "?show=rules").content)
    Fee.objects.create(patron=world.ada, kind="other", amount=3, charged_at=hub_clock().now(), note="Ada tore it")
    grace.post("pay", world.ada.pk, amount="1")
    page = words(grace.client.get(reverse("audit:changes") + "?show=fees").content)
    assert "paid: 0.00 → 1.00" in page and world.ada.ref in page and "tore" not in page
    assert "note" not in {each.name for each in Fee.history.model._meta.fields}
    about_patrons = {"patrons", "rules", "fees"}
    of_the_collection = {"titles", "items", "imports"}
    of_the_library = {"closed_days", "branches", "item_types", "patron_categories", "fee_rules", "library", "staff"}
    of_the_library |= {"numbering", "look", "mail_account", "sms_account", "wechat_account", "wecom_account"}
    of_the_relationship = {"segments", "segment_services", "journeys"}
    of_the_kiosks = {"kiosk_settings", "releases", "rollouts", "channels"}
    kept = about_patrons | of_the_collection | of_the_library | of_the_relationship | of_the_kiosks
    assert set(field_history.KEPT) == kept


def test_access_log_is_filtered_by_staff_and_pseudonym(world: World, grace: Grace) -> None:
    grace.page("patron", world.ada.pk)
    ida = Grace(role="clerk", name="ida")
    ida.page("patron", world.lin.pk)
    assert AccessLogEntry.objects.count() == 2
    url = reverse("audit:accesses")
    by_staff = words(grace.client.get(f"{url}?staff=ida").content)
    assert (
        f"ida patron's page patron present without card {world.lin.ref}" in by_staff and world.ada.ref not in by_staff
    )
    assert world.ada.ref in words(grace.client.get(f"{url}?ref={world.ada.ref}").content)


@pytest.mark.parametrize("mass", ["", "0", "many", "5000"])
def test_invalid_alarm_threshold_is_refused(world: World, grace: Grace, mass: str) -> None:
    page = grace.client.post(reverse("audit:settle"), {"mass": mass, "mass_in_all": "60"}, follow=True)
    assert "Enter a number of patrons from 1 to 1000." in words(page.content)
