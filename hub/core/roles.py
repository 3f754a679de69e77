"""Define the rights of staff and the roles that have them."""

from enum import StrEnum


class Right(StrEnum):
    """An area of the library's work; each is a Django permission."""

    WORK = "work"
    """Use the Today page, the policy page and one's own second step."""
    SERVE = "serve"
    """Serve patrons at the desk and view their pages."""
    RECORD = "record"
    """Maintain patrons' records, cards and status."""
    EXPORT = "export"
    """Export all data kept of a patron, and erase them."""
    DECIDE = "decide"
    """Resolve exceptions, lost items and overdue cases."""
    ANSWER = "answer"
    """Answer patrons' questions, feedback and suggestions; run courses."""
    PUBLISH = "publish"
    """Write what the library sends and shows to many patrons."""
    SURVEY = "survey"
    """Create questionnaires and read their results."""
    SETTLE = "settle"
    """Change the library's rules, channels and kiosks."""
    REMOTE = "remote"
    """Fetch a kiosk's log and screenshots, and restart it remotely."""
    AUDIT = "audit"
    """See the access log, alarms, incidents, policies and roles."""
    CATALOGUE = "catalogue"
    """Use the admin for titles and items."""


class Role(StrEnum):
    """Groups that the hub ships; each version sets them again. A library may add groups of its own."""

    CLERK = "clerk"
    LIBRARIAN = "librarian"
    MARKETING = "marketing"
    ADMINISTRATOR = "administrator"


_CLERK = frozenset({Right.WORK, Right.SERVE})
ROLES: dict[Role, frozenset[Right]] = {
    Role.CLERK: _CLERK,
    Role.LIBRARIAN: _CLERK
    | {Right.RECORD, Right.EXPORT, Right.DECIDE, Right.ANSWER, Right.SURVEY, Right.PUBLISH, Right.CATALOGUE},
    Role.MARKETING: frozenset({Right.WORK, Right.PUBLISH, Right.SURVEY}),
    Role.ADMINISTRATOR: frozenset(Right),
}
