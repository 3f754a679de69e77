"""Check what the signed-in member of staff may open."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib.auth.models import User
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from hub.core.pages.frame import staff_frame
from hub.core.roles import Right, Role


def required_right(view: str) -> Right | None:
    """Return the right that a URL needs, or None if only administrators may open it."""
    part, needed = f"{view.partition(':')[0]}:", _needed_rights()
    return needed.get(view) or needed.get(part)


@functools.cache  # each page asks for every entry of the menu
def _needed_rights() -> dict[str, Right]:
    return {name: right for right, names in staff_frame().needs.items() for name in names.split()}


def may(user: Any, right: Right) -> bool:
    """Return whether the user has the right by one of their roles."""
    return bool(user.has_perm(f"audit.{right}"))


def may_open(user: Any, view: str) -> bool:
    """Return whether the user's role may open the page, or use the button, with this URL name."""
    right = required_right(view)
    return user.is_superuser if right is None else may(user, right)


def roles_of(user: User) -> list[Role]:
    """Return the user's roles, queried once per page; a superuser is an administrator."""
    prefetch_related_objects((user,), "groups")
    names = {each.name for each in user.groups.all()}
    return [each for each in Role if each in names or (each is Role.ADMINISTRATOR and user.is_superuser)]


def role_words(role: Role) -> str:
    """Return the role's name for display."""
    return {
        Role.CLERK: _("clerk"),
        Role.LIBRARIAN: _("librarian"),
        Role.MARKETING: _("marketing"),
        Role.ADMINISTRATOR: _("administrator"),
    }[role]
