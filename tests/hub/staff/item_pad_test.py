"""Test what the hub does for the item pad of a desk: whom pages may connect to, items by tag, and findings."""

import pytest
from django.urls import reverse

from hub.circulation.models import ExceptionCase
from hub.circulation.operations import loan_changes
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

DESK = reverse("staff:desk")


def choose(grace: Grace, pad: str) -> None:
    grace.client.post(reverse("staff:branch"), {"desk": "Desk 2", "pad": pad})


def policy(grace: Grace) -> str:
    return str(grace.client.get(DESK)["Content-Security-Policy"])


def ask(grace: Grace, name: str, body: object) -> tuple[int, dict[str, object]]:
    answer = grace.client.post(reverse(f"staff:{name}"), body, content_type="application/json")
    return answer.status_code, answer.json()


def test_desk_page_may_connect_to_its_own_pad_only(world: World, grace: Grace) -> None:
    assert "connect-src" not in policy(grace)
    choose(grace, "8750")
    assert policy(grace).endswith("; connect-src 'self' ws://127.0.0.1:8750")
    assert "connect-src" not in str(grace.client.get(reverse("staff:items"))["Content-Security-Policy"])
    choose(grace, "")
    assert "connect-src" not in policy(grace)


@pytest.mark.parametrize("port", ["80", "65536", "8750 *", "*", "８７５０", "-1", "8750;script-src *"])
def test_only_a_port_gets_into_the_policy(world: World, grace: Grace, port: str) -> None:
    choose(grace, port)
    assert "connect-src" not in policy(grace)
    grace.client.cookies["staff_pad"] = port.encode().decode("latin-1")
    assert "connect-src" not in policy(grace)


def test_items_on_the_pad_are_known_or_not(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    status, answer = ask(grace, "pad_items", {"items": [world.dune.barcode, world.emma.barcode, "30099999999999"]})
    assert (status, answer) == (
        200,
        {
            "items": {
                world.dune.barcode: {"title": world.dune.title.title, "lent": True},
                world.emma.barcode: {"title": world.emma.title.title, "lent": False},
            }
        },
    )


@pytest.mark.parametrize("text", ["title:1", "patron:ref", "20000000000012", "Dune", "ABC234"])
def test_tag_names_an_item_or_nothing(world: World, grace: Grace, text: str) -> None:
    """Anyone can write a tag, so it must not open a patron, a title or a receipt."""
    text = f"patron:{world.ada.ref}" if text == "patron:ref" else text
    entry = {"id": "018f0000-0000-7000-8000-000000000001", "text": text, "patron": "", "mode": "return", "tagged": True}
    _status, answer = ask(grace, "entry", entry)
    assert (answer["kind"], answer["patron"]) == ("line", None)


def test_finding_opens_one_exception_with_the_desk(world: World, grace: Grace) -> None:
    choose(grace, "8750")
    for _ in range(2):
        assert ask(grace, "pad_finding", {"item": world.dune.barcode, "finding": "rings"})[0] == 200
    case = ExceptionCase.objects.get()
    assert (case.kind, case.reason, case.kiosk, case.facts) == ("tag", "rings", None, {"item": world.dune.barcode})
    page = grace.page("exception", case.pk)
    assert "On loan, but the gate may ring" in page and "Desk 2" in page and "Dune" in page
    assert "Desk 2" in grace.page("exceptions")


def test_settled_finding_can_be_found_again(world: World, grace: Grace) -> None:
    ask(grace, "pad_finding", {"item": world.dune.barcode, "finding": "silent"})
    fix = reverse("staff:fix", args=(ExceptionCase.objects.get().pk,))
    grace.client.post(fix, {"fix": "settle", "note": "Checked"})
    assert ExceptionCase.objects.get().resolved_at is not None
    ask(grace, "pad_finding", {"item": world.dune.barcode, "finding": "silent"})
    assert ExceptionCase.objects.filter(resolved_at=None).count() == 1


@pytest.mark.parametrize(
    "body", [{}, [], {"item": "30099999999999", "finding": "rings"}, {"item": "1", "finding": "x"}]
)
def test_finding_that_is_none_is_refused(world: World, grace: Grace, body: object) -> None:
    assert ask(grace, "pad_finding", body)[0] == 400
    assert not ExceptionCase.objects.exists()
