"""Test that each role opens what its work needs and nothing else, for every staff and admin URL."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from hub.audit import role_groups
from hub.cli import main
from hub.core import rights
from hub.core.roles import ROLES, Right, Role
from hub.staff.frame import NEEDS
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

OPEN = {"staff:sign_in", "staff:sign_out", "audit:second_step_code", "library:choose_password"}
"""URL names that need no role."""
VALUES = {"uuid": "018f0000-0000-7000-8000-000000000000", "int": 1, "slug": "x", "str": "x", "path": "x"}
"""A value that matches no row, by type of URL parameter."""
CLERKS = """staff:today staff:desk staff:patron staff:holds staff:fees staff:pending_returns staff:kiosks audit:policy
    audit:access_reason feedback:enter staff:entry staff:pay"""
CLOSED_TO_CLERKS = """patrons:record patrons:export patrons:erase staff:patron_status staff:exceptions
    feedback:questions
    messaging:log patrons:terms audit:overview audit:accesses audit:month audit:pack staff:kiosk_add"""


def addresses() -> list[tuple[str, str]]:
    """Return name and path of every staff URL of all apps."""
    return sorted(set(_walked(get_resolver().url_patterns, "", "")))


def _walked(patterns: list[Any], space: str, prefix: str) -> list[tuple[str, str]]:
    found = []
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            if not route.startswith(("admin/", "api/", "i18n/")):
                inner = f"{each.namespace}:" if each.namespace else space
                found += _walked(each.url_patterns, inner, route)
        elif isinstance(each, URLPattern) and each.name and route.startswith("staff/"):
            kwargs = {name: VALUES[_kind(kind)] for name, kind in each.pattern.converters.items()}
            found.append((space + each.name, reverse(space + each.name, kwargs=kwargs)))
    return found


def _kind(converter: object) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def reached(client: Client, path: str) -> bool:
    """Return whether the role check lets GET pass, or POST where GET does not; an unknown patron's 404 passed."""
    client.raise_request_exception = False
    return any(ask(path).status_code not in (403, 405) for ask in (client.get, client.post))


def test_every_staff_url_has_a_required_right() -> None:
    unlisted = [name for name, _path in addresses() if name not in OPEN and rights.required_right(name) is None]
    assert unlisted == [], "URLs missing in NEEDS open for administrators only"


def test_table_of_rights_lists_only_existing_urls_once() -> None:
    existing = {name for name, _path in addresses()}
    listed = {name for names in NEEDS.values() for name in names.split() if not name.endswith(":")}
    assert listed - existing == set()
    assert sum(len(names.split()) for names in NEEDS.values()) == len({n for v in NEEDS.values() for n in v.split()})


@pytest.mark.long
@pytest.mark.parametrize("role", [*Role])
def test_each_role_opens_exactly_what_the_table_allows(world: World, role: Role) -> None:
    grace = Grace(role=role)
    grace.client.reason = ""
    wrong = []
    for name, path in addresses():
        if name in OPEN:
            continue
        allowed = rights.required_right(name) in ROLES[role] or role is Role.ADMINISTRATOR
        if reached(grace.client, path) != allowed:
            wrong.append((name, allowed))
    assert wrong == []


def test_clerks_and_marketing_have_few_rights() -> None:
    assert all(rights.required_right(each) in ROLES[Role.CLERK] for each in CLERKS.split())
    assert not [each for each in CLOSED_TO_CLERKS.split() if rights.required_right(each) in ROLES[Role.CLERK]]
    assert not ROLES[Role.MARKETING] & {Right.SERVE, Right.RECORD, Right.EXPORT, Right.AUDIT}
    assert [role for role in Role if Right.AUDIT in ROLES[role]] == [Role.ADMINISTRATOR]


def test_account_without_a_role_opens_nothing(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("ida", is_staff=True))
    assert [name for name, path in addresses() if name not in OPEN and reached(client, path)] == []
    assert "Your role does not include this" in words(
        client.get(reverse("staff:patrons"), headers={"accept-language": "en"}).content
    )


@pytest.mark.parametrize("role", [*Role])
def test_admin_is_limited_to_administrators_and_its_catalogue_to_librarians(world: World, role: Role) -> None:
    client = Grace(role=role).client
    lists = {each._meta.label_lower: f"{each._meta.app_label}_{each._meta.model_name}" for each in admin.site._registry}
    open_ones = {
        label for label, name in lists.items() if client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    }
    if role is Role.ADMINISTRATOR:
        assert open_ones == set(lists)
    elif role is Role.LIBRARIAN:
        assert open_ones == {"catalogue.title", "catalogue.item"}
    else:
        assert open_ones == set()
        assert client.get(reverse("admin:index")).status_code == 302


def test_top_bar_shows_only_what_the_role_opens(world: World) -> None:
    clerks, administrators = (Grace(role=role, name=role).page("today") for role in ("clerk", "administrator"))
    assert "Desk" in clerks and "Access log" not in clerks and "Access log" in administrators


def test_role_is_assigned_by_the_command_and_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*more: str) -> User:
        monkeypatch.setattr("sys.stdin", StringIO("a long password\n"))
        assert main(["add-staff", "ida", *more]) == 0
        return User.objects.get(username="ida")

    assert rights.roles_of(call("--role", "administrator")) == [Role.ADMINISTRATOR] and call().is_superuser
    assert rights.roles_of(call("--role", "clerk")) == [Role.CLERK] and not call().is_superuser
    assert rights.roles_of(call()) == [Role.CLERK], "a new password alone changes no role"
    with pytest.raises(SystemExit):
        call("--role", "queen")


def test_migration_resets_the_groups(world: World) -> None:
    Group.objects.get(name="clerk").permissions.clear()
    Group.objects.filter(name="marketing").delete()
    role_groups.after_migrating()
    for role in Role:
        held = Group.objects.get(name=role).permissions.filter(content_type__app_label="audit")
        assert {each.codename for each in held} == {str(each) for each in ROLES[role]}
