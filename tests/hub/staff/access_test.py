"""Test that only staff see the staff pages, and that browsers do not store them."""

from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from hub.catalogue.models import Branch
from hub.circulation.models import Library
from hub.staff.urls import urlpatterns
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

OPEN = {"sign_in", "sign_out", None}
"""URL names open without sign-in; the unnamed one only redirects to the first page."""
ACT = "018f0000-0000-7000-8000-000000000000"
SAMPLES = {
    "code": "7K429Q",
    "pk": "1",
    "ref": "unknown",
    "other": "2",
    "until": "2027-01-05",
    "place": "1",
    "status": "active",
    "before": "none",
    "fee": "0",
    "act": ACT,
    "what": "heard",
    "name": "loans",
    "scope": "all",
    "barcode": "any",
    "kind": "log",
    "task": "018f0000-0000-7000-8000-000000000000",
}


def paths() -> list[str]:
    closed: list[URLPattern] = [each for each in urlpatterns if each.name not in OPEN]
    return [
        reverse(f"staff:{each.name}", kwargs={name: SAMPLES[name] for name in each.pattern.converters})
        for each in closed
    ]


def test_unauthenticated_requests_are_redirected_to_the_sign_in(world: World) -> None:
    for path in paths():
        for response in (Client().get(path), Client().post(path)):
            assert response.status_code in (302, 405), path
            if response.status_code == 302:
                assert response["Location"].startswith(reverse("staff:sign_in")), path


def test_account_without_staff_status_is_forbidden_everywhere(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("mallory"))
    for path in paths():
        answers = {client.get(path).status_code, client.post(path).status_code}
        assert 403 in answers and answers <= {403, 405}, path


def test_sign_in_leads_to_today_and_sign_out_ends_the_session(world: World) -> None:
    User.objects.create_superuser("grace", password="a long password")
    client = Client(headers={"Accept-Language": "en"})
    wrong = client.post(reverse("staff:sign_in"), {"username": "grace", "password": "wrong"})
    assert "Wrong user name or password" in wrong.content.decode()
    right = client.post(reverse("staff:sign_in"), {"username": "grace", "password": "a long password"}, follow=True)
    assert right.redirect_chain[-1][0] == reverse("staff:today")
    assert client.post(reverse("staff:sign_out"), follow=True).redirect_chain[-1][0] == reverse("staff:sign_in")
    assert client.get(reverse("staff:today")).status_code == 302


def test_root_url_redirects_to_today(world: World) -> None:
    assert Client().get("/").headers["Location"] == reverse("staff:today")


def test_patron_pages_are_not_stored_by_browsers(world: World) -> None:
    assert "no-store" in Grace().client.get(reverse("staff:patrons"))["Cache-Control"]


def test_pages_load_nothing_from_other_origins(world: World) -> None:
    response = Grace().client.get(reverse("staff:desk"))
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert b"http://" not in response.content.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in response.content


def test_post_without_csrf_token_is_refused(world: World) -> None:
    grace = Grace().client
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = grace.cookies
    assert strict.post(reverse("staff:entry"), "{}", content_type="application/json").status_code == 403
    assert strict.post(reverse("staff:patron_status", args=(world.ada.pk, "blocked"))).status_code == 403
    world.ada.refresh_from_db()
    assert world.ada.status == "active"


def test_language_switch_returns_to_the_page(world: World) -> None:
    grace = Grace()
    assert "Patrons" in grace.page("patrons")
    response = grace.client.post(reverse("set_language"), {"language": "zh-hans", "next": reverse("staff:patrons")})
    assert response["Location"] == reverse("staff:patrons")
    assert "读者" in grace.page("patrons")


def test_hub_without_a_library_shows_how_to_begin(db: None) -> None:
    assert not Library.objects.exists()
    response = Grace().client.get(reverse("staff:today"))
    assert (response.status_code, reverse("library:first_run") in response.content.decode()) == (503, True)


def test_chosen_branch_applies_to_checkouts_of_the_session(world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    grace = Grace()
    grace.post("branch", branch="east")
    grace.enter(world.dune.barcode, world.ada)
    assert [loan.branch for loan in world.loans(world.dune)] == [east]
