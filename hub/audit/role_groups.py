"""Assign permissions to the roles and check the rights of users."""

from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.audit.field_history import AccountChange, note_account_change
from hub.audit.models import Acknowledgement, TotpDevice
from hub.catalogue.models import WorksAt
from hub.core.pages import formatting
from hub.core.rights import may
from hub.core.rights import role_words as words
from hub.core.rights import roles_of as of
from hub.core.roles import ROLES, Right, Role

ACTS = ("add", "change", "view")
IN_ADMIN = ("catalogue.title", "catalogue.item", "catalogue.isbn")
"""Models that CATALOGUE may add and change in the admin."""


def may_use_admin(request: HttpRequest) -> bool:
    """Return whether the user may use the admin: administrators and those who maintain the catalogue."""
    user = request.user
    return bool(user.is_active and user.is_staff and may(user, Right.CATALOGUE))


def give(user: User, role: Role) -> None:
    """Put the user into this role and remove the others; a change is kept in the change history."""
    before = role_of(user)
    user.is_staff, user.is_superuser = True, role is Role.ADMINISTRATOR
    if before is role:
        user.save()
    else:
        note_account_change(user, AccountChange.ROLE, before, role)
    user.groups.remove(*Group.objects.filter(name__in=[*Role]).exclude(name=role))
    user.groups.add(Group.objects.get(name=role))


def role_of(user: User) -> Role | None:
    """Return the shipped role that the user has now, read again; None without one."""
    if user.is_superuser:
        return Role.ADMINISTRATOR
    names = set(user.groups.values_list("name", flat=True)) if user.pk else set()
    return next((each for each in Role if each in names), None)


def after_migrating(**_kwargs: object) -> None:
    """Set the four groups again after a migration: a version that adds a page defines who may open it.

    They are created here and not by a migration, because a restore begins with empty tables. Staff who existed before
    the roles become librarians, or stay administrators.
    """
    if not {"auth_group", "auth_permission", "django_content_type"} <= set(connection.introspection.table_names()):
        return
    known = {
        f"{each.content_type.app_label}.{each.codename}": each
        for each in Permission.objects.filter(content_type__app_label__in=("audit", "catalogue")).select_related(
            "content_type"
        )
    }
    first = not Group.objects.filter(name__in=[*Role]).exists()
    for role, rights in ROLES.items():
        names = [f"audit.{each}" for each in rights]
        if Right.CATALOGUE in rights:
            names += _catalogue()
        group, _new = Group.objects.get_or_create(name=role.value)
        group.permissions.set([known[each] for each in names if each in known])
    if first:
        for user in User.objects.filter(is_staff=True):
            give(user, Role.ADMINISTRATOR if user.is_superuser else Role.LIBRARIAN)


def _catalogue() -> list[str]:
    models = [apps.get_model(each) for each in IN_ADMIN]
    return [f"{each._meta.app_label}.{act}_{each._meta.model_name}" for each in models for act in ACTS]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff, as the staff page lists them."""

    pk: int
    name: str
    role: str
    second_step: bool
    branches: str
    read: int | None
    last: str


def everyone(*, is_active: bool = True) -> list[Member]:
    """Return everyone who may sign in as staff; or else whose accounts are deactivated."""
    with_device = set(TotpDevice.objects.filter(confirmed=True).values_list("user_id", flat=True))
    read = dict(Acknowledgement.objects.order_by("policy__version").values_list("staff", "policy__version"))
    works = list(WorksAt.objects.select_related("branch"))
    users = User.objects.filter(is_staff=True, is_active=is_active).order_by("username").prefetch_related("groups")
    return [
        Member(
            pk=each.pk,
            name=each.get_username(),
            role=_(", ").join(words(role) for role in of(each)),
            second_step=each.pk in with_device,
            branches=_(", ").join(sorted(str(row.branch) for row in works if row.user_id == each.pk)),
            read=read.get(each.get_username()),
            last=formatting.date_and_time(each.last_login),
        )
        for each in users
    ]


def rights_table() -> dict[str, object]:
    """Return the rights as text, each with the roles by name and whether they have it."""
    matters = {
        Right.SERVE: _("serve patrons and open their pages"),
        Right.RECORD: _("maintain records, cards and status"),
        Right.EXPORT: _("export or erase all data of a patron"),
        Right.DECIDE: _("resolve exceptions and lost items"),
        Right.ANSWER: _("answer questions, feedback and suggestions"),
        Right.PUBLISH: _("write messages and public content"),
        Right.SURVEY: _("create questionnaires and read results"),
        Right.CATALOGUE: _("maintain titles, copies, e-editions and shelf maps"),
        Right.SETTLE: _("set up the library, rules, channels, kiosks"),
        Right.REMOTE: _("fetch a kiosk's log and screenshots, restart it remotely"),
        Right.AUDIT: _("view the access log"),
    }
    rows = [(text, [(words(role), right in ROLES[role]) for role in Role]) for right, text in matters.items()]
    return {"roles": [words(role) for role in Role], "rows": rows}
