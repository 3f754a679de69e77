"""Name the staff roles, and find those of the signed-in user."""

from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string
from django.utils.translation import pgettext


def roles() -> dict[str, str]:
    """Return the roles with their names."""
    return {
        "clerk": pgettext("role", "Clerks"),
        "librarian": pgettext("role", "Librarians"),
        "marketing": pgettext("role", "Marketing"),
        "administrator": pgettext("role", "Administrators"),
    }


def roles_of_user(user: Any) -> tuple[str, ...]:
    """Return the roles whose goals are this user's; every role if the user has none."""
    if apps.is_installed("hub.audit"):
        found = tuple(str(each) for each in import_string("hub.audit.roles.of")(user))
        return found or tuple(roles())
    return tuple(roles())
