"""Test the staff page of new titles and its error messages."""

from __future__ import annotations

from django.urls import reverse

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
    press(grace, "line", walden.pk, zh="湖畔两年", en="Two years at a pond")
    assert "Walden: Ensure this value has at most 80 characters" in press(grace, "line", walden.pk, zh="湖" * 81)
    assert Remark.objects.get(title=walden).zh == "湖畔两年"


def test_schedule_is_saved_validated_and_disabled(world: World) -> None:
    grace = Grace()
    schedule = {"weekday": "0", "moment": "09:30", "most": "4", "on": "on"}
    assert "next on Mon 30 Nov 09:30" in press(grace, "terms", **schedule)
    refused = grace.client.post(reverse("new_titles:terms"), {**schedule, "most": "0"})
    assert refused.status_code == 422 and DigestSettings.now().most == 4
    assert "is not sent automatically" in press(grace, "terms", weekday="0", moment="09:30", most="4")


def test_staff_set_digest_frequency_of_patron(world: World) -> None:
    grace, ada = Grace(role="librarian"), give_consents(world.ada, Purpose.DIGEST)
    home = grace.client.get(reverse("staff:patron_of", args=(ada.ref,)), follow=True).content
    assert "Digest of new titles" in words(home)
    assert "Digest of new titles: monthly." in press(grace, "every", ada.pk, every="monthly")
    assert DigestSubscription.objects.get().every == DigestFrequency.MONTHLY
    assert grace.client.post(reverse("new_titles:every", args=(ada.pk,)), {"every": "hourly"}).status_code == 404


def test_clerk_cannot_send_digest(world: World) -> None:
    assert Grace(role="clerk").client.post(reverse("new_titles:send")).status_code == 403
