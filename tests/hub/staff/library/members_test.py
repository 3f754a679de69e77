"""Test the pages of staff: adding by link, roles, second step, and that an administrator always remains."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse

from hub.audit import role_groups, second_step
from hub.audit.models import TotpDevice
from hub.catalogue import workplace
from hub.catalogue.models import Branch
from hub.core.roles import Role
from hub.staff.library import members
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

PASSWORD = "a quiet long password"


@pytest.fixture
def admin(world: World) -> Grace:
    return Grace()


@pytest.fixture
def ida(admin: Grace) -> User:
    return Grace(role="librarian", name="ida").user


def link_of(grace: Grace) -> str:
    """Return the path of the sign-in link on the last page."""
    found = re.search(r'readonly value="([^"]+)"', grace.last)
    assert found is not None, "no link was shown"
    return urlsplit(found.group(1)).path


def choose_password(path: str, password: str = PASSWORD) -> tuple[Client, str]:
    """Open the link in a new browser, enter a password, and return the browser and the page's text."""
    browser = Client(headers={"Accept-Language": "en"})
    opened = browser.get(path, follow=True)
    if not opened.redirect_chain:
        return browser, words(opened.content)
    url = opened.redirect_chain[-1][0]
    fields = {"new_password1": password, "new_password2": password}
    return browser, words(browser.post(url, fields, follow=True).content)


def test_new_member_chooses_a_password_by_the_link_and_signs_in(world: World, admin: Grace) -> None:
    page = post(admin, "staff", username="clio", role="clerk", branches=str(world.main.pk))
    assert "clio Has not chosen a password yet" in page and "It is shown only now" in page
    clio = User.objects.get(username="clio")
    assert (role_groups.role_of(clio), clio.has_usable_password()) == (Role.CLERK, False)
    assert workplace.branches_of(clio) == frozenset({world.main.pk})
    browser, after = choose_password(link_of(admin))
    assert "Sign in" in after
    assert browser.post(reverse("staff:sign_in"), {"username": "clio", "password": PASSWORD}).status_code == 302
    assert "clio clerk Branches: Main" in words(admin.client.get(reverse("library:staff")).content)


def test_link_works_once(admin: Grace) -> None:
    post(admin, "staff", username="clio", role="clerk")
    path = link_of(admin)
    choose_password(path)
    assert "This link no longer works" in choose_password(path, "another quiet password")[1]
    assert User.objects.get(username="clio").check_password(PASSWORD)


def test_link_expires_after_three_days(admin: Grace, monkeypatch: pytest.MonkeyPatch) -> None:
    post(admin, "staff", username="clio", role="clerk")
    path, later = link_of(admin), datetime.now() + timedelta(days=3, minutes=1)  # noqa: DTZ005 - as Django's tokens
    monkeypatch.setattr(default_token_generator, "_now", lambda: later)
    assert "This link no longer works" in choose_password(path)[1]


def test_changed_link_and_weak_password_are_refused(admin: Grace) -> None:
    post(admin, "staff", username="clio", role="clerk")
    path = link_of(admin)
    assert "This link no longer works" in choose_password(path[:-2] + "x/")[1]
    page = choose_password(path, "password1234")[1]
    assert "too common" in page and not User.objects.get(username="clio").has_usable_password()


def test_link_of_a_deactivated_account_does_not_work(admin: Grace) -> None:
    post(admin, "staff", username="clio", role="clerk")
    path = link_of(admin)
    post(admin, "member_act", User.objects.get(username="clio").pk, "deactivate")
    assert "This link no longer works" in choose_password(path)[1]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"role": "clerk"}, "Enter a user name."),
        ({"role": "clerk", "username": "no spaces"}, "Use only letters, digits, and the signs @ . + - _"),
        ({"role": "clerk", "username": "GRACE"}, "An account with this name exists."),
        ({"username": "clio"}, "Choose a role."),
        ({"username": "clio", "role": "king"}, "Choose a role."),
    ],
)
def test_fault_names_its_remedy_and_adds_nobody(admin: Grace, fields: dict[str, str], fault: str) -> None:
    assert fault in post(admin, "staff", **fields) and User.objects.count() == 1


def test_role_and_branches_are_changed_and_listed_in_the_history(world: World, admin: Grace, ida: User) -> None:
    east = Branch.objects.create(code="east", name="东馆", name_en="East")
    page = post(admin, "member", ida.pk, role="marketing", branches=str(east.pk))
    assert "ida saved" in page and "ida marketing Branches: East" in page
    assert role_groups.role_of(User.objects.get(pk=ida.pk)) is Role.MARKETING
    listed = words(admin.client.get(reverse("audit:changes") + "?show=staff").content)
    assert "grace ida changed role: librarian → marketing" in listed


def test_deactivated_member_is_signed_out_and_can_be_activated_again(admin: Grace, ida: User) -> None:
    browser = Grace(role="librarian", name="ida").client
    assert browser.get(reverse("staff:today")).status_code == 200
    page = post(admin, "member_act", ida.pk, "deactivate")
    assert "ida can no longer sign in" in page
    assert browser.get(reverse("staff:today")).status_code == 302
    assert "ida" in words(admin.client.get(reverse("library:staff") + "?show=inactive").content)
    assert "ida can sign in again" in admin.undo()
    assert User.objects.get(pk=ida.pk).is_active


def test_second_step_is_reset(admin: Grace, ida: User) -> None:
    TotpDevice.objects.create(user=ida, name="telephone", confirmed=True)
    assert "Reset second step" in words(admin.client.get(reverse("library:member", args=(ida.pk,))).content)
    assert "Second step of ida reset." in post(admin, "member_act", ida.pk, "second_step")
    assert second_step.device(ida) is None
    assert "second step reset" in words(admin.client.get(reverse("audit:changes") + "?show=staff").content)


def test_forgotten_password_is_replaced_by_a_new_link(admin: Grace, ida: User) -> None:
    ida.set_password("the forgotten password")
    ida.save()
    post(admin, "member_act", ida.pk, "link")
    choose_password(link_of(admin))
    assert User.objects.get(pk=ida.pk).check_password(PASSWORD)


def test_administrator_cannot_change_their_own_account(admin: Grace) -> None:
    own = admin.user.pk
    assert "This is your own account." in words(admin.client.get(reverse("library:member", args=(own,))).content)
    words_of_refusal = "You cannot change your own role or account."
    assert words_of_refusal in post(admin, "member", own, role="clerk")
    assert words_of_refusal in post(admin, "member_act", own, "deactivate")
    assert words_of_refusal in post(admin, "member_act", own, "second_step")
    kept = User.objects.get(pk=own)
    assert kept.is_active and kept.is_superuser


def test_two_administrators_cannot_remove_each_other(admin: Grace) -> None:
    """The second request began while its sender was still an administrator."""
    other = Grace(name="hedy").user
    before = User.objects.get(pk=other.pk)
    post(admin, "member_act", other.pk, "deactivate")
    with pytest.raises(members.NotAllowed, match="no longer an administrator"):
        members._set_active(before, User.objects.get(pk=admin.user.pk), is_active=False)
    assert User.objects.get(pk=admin.user.pk).is_active


def test_auditor_of_the_library_sees_the_list_but_changes_nothing(world: World, ida: User) -> None:
    group = Group.objects.create(name="auditors")
    group.permissions.add(Permission.objects.get(codename="audit", content_type__app_label="audit"))
    ida.groups.add(group)
    auditor = Client(headers={"Accept-Language": "en"})
    auditor.force_login(ida)
    listed = auditor.get(reverse("library:staff"))
    assert listed.status_code == 200 and "Add member of staff" not in words(listed.content)
    for name, *args in (("staff",), ("member", ida.pk), ("member_act", ida.pk, "link")):
        answer = auditor.post(
            reverse(f"library:{name}", args=args), {"role": "administrator", "username": "x"}, follow=True
        )
        assert "Only an administrator can change staff." in words(answer.content)
    assert User.objects.count() == 2 and not User.objects.get(pk=ida.pk).is_superuser


@pytest.mark.parametrize("role", ["clerk", "librarian", "marketing"])
def test_other_roles_do_not_see_staff(world: World, role: str) -> None:
    client = Grace(role=role, name=role).client
    assert client.get(reverse("library:staff")).status_code == 403
    assert client.post(reverse("library:staff"), {"username": "x", "role": "clerk"}).status_code == 403
    assert not User.objects.filter(username="x").exists()
