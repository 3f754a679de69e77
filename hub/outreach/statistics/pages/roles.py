"""Name the staff roles, and find those of the signed-in user."""

from typing import Any

from django.utils.translation import pgettext

from hub.core.rights import roles_of


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
    return tuple(str(each) for each in roles_of(user)) or tuple(roles())
