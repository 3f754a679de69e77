"""Assign permissions to the roles and check the rights of users."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.audit.models import Acknowledgement, TotpDevice
from hub.audit.rights import IN_ADMIN, ROLES, Right, Role, needed
from hub.staff import formatting
from hub.staff.models import WorksAt

ACTS = ("add", "change", "view")


def may(user: Any, right: Right) -> bool:
    """Return whether the user has the right by one of their roles."""
    return bool(user.has_perm(f"audit.{right}"))


def may_open(user: Any, view: str) -> bool:
    """Return whether the user's role may open the page, or use the button, with this URL name."""
    right = needed(view)
    return user.is_superuser if right is None else may(user, right)


def may_use_admin(request: HttpRequest) -> bool:
    """Return whether the user may use the admin: administrators and those who maintain the catalogue."""
    user = request.user
    return bool(user.is_active and user.is_staff and may(user, Right.CATALOGUE))


def give(user: User, role: Role) -> None:
    """Put the user into this role and remove the others."""
    user.is_staff, user.is_superuser = True, role is Role.ADMINISTRATOR
    user.save()
    user.groups.remove(*Group.objects.filter(name__in=[*Role]).exclude(name=role))
    user.groups.add(Group.objects.get(name=role))


def of(user: User) -> list[Role]:
    """Return the user's roles, queried once per page; a superuser is an administrator."""
    prefetch_related_objects((user,), "groups")
    names = {each.name for each in user.groups.all()}
    return [each for each in Role if each in names or (each is Role.ADMINISTRATOR and user.is_superuser)]


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

    name: str
    role: str
    second_step: bool
    branches: str
    read: int | None
    last: str


def words(role: Role) -> str:
    """Return the role's name for display."""
    return {
        Role.CLERK: _("clerk"),
        Role.LIBRARIAN: _("librarian"),
        Role.MARKETING: _("marketing"),
        Role.ADMINISTRATOR: _("administrator"),
    }[role]


def everyone() -> list[Member]:
    """Return everyone who may sign in as staff."""
    with_device = set(TotpDevice.objects.filter(confirmed=True).values_list("user_id", flat=True))
    read = dict(Acknowledgement.objects.order_by("policy__version").values_list("staff", "policy__version"))
    works = list(WorksAt.objects.select_related("branch"))
    users = User.objects.filter(is_staff=True, is_active=True).order_by("username").prefetch_related("groups")
    return [
        Member(
            name=each.get_username(),
            role=_(", ").join(words(role) for role in of(each)),
            second_step=each.pk in with_device,
            branches=_(", ").join(sorted(str(row.branch) for row in works if row.user_id == each.pk)),
            read=read.get(each.get_username()),
            last=formatting.when(each.last_login),
        )
        for each in users
    ]


def rights_table() -> dict[str, object]:
    """Return the rights of each role, as text."""
    matters = {
        Right.SERVE: _("serve patrons and look at their pages"),
        Right.RECORD: _("keep records, cards and standing"),
        Right.EXPORT: _("hand out or erase all that is kept of a patron"),
        Right.DECIDE: _("decide exceptions and lost items"),
        Right.ANSWER: _("answer questions, opinions and suggestions"),
        Right.PUBLISH: _("write what is sent and shown to many"),
        Right.SURVEY: _("make questionnaires and read results"),
        Right.CATALOGUE: _("keep titles, copies, e-editions and shelf maps"),
        Right.SETTLE: _("settle rules, channels and kiosks"),
        Right.AUDIT: _("see who saw what"),
    }
    rows = [(text, [right in ROLES[role] for role in Role]) for right, text in matters.items()]
    return {"roles": [words(role) for role in Role], "rows": rows}
