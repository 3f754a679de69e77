"""Add members of staff, give them a role and branches, and close their accounts.

Only administrators act here, and never on their own account, so that an administrator always remains.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.audit import role_groups, second_step
from hub.audit.field_history import AccountChange, note_account_change
from hub.catalogue import workplace
from hub.catalogue.models import Branch, WorksAt
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.core.rights import role_words
from hub.core.roles import Role
from hub.staff.library.sign_in_links import sign_in_link


class NotAllowed(Exception):
    """The change would be one's own, or leave the library without an administrator; the text says what to do."""


class MemberForm(forms.Form):
    """Role and branches of a member of staff."""

    role = forms.ChoiceField(widget=forms.RadioSelect)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        role, branches = self.fields["role"], self.fields["branches"]
        role.label, branches.label = _("Role"), _("Branches")
        role.choices = [(each.value, role_words(each)) for each in Role]
        role.error_messages = dict.fromkeys(("required", "invalid_choice"), _("Choose a role."))
        branches.queryset = Branch.objects.all()
        branches.help_text = _("Lists and tasks begin with the branches ticked. None ticked: all branches.")


class NewMemberForm(MemberForm):
    """The same with the name under which a new member of staff signs in."""

    field_order = ("username",)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        model_field = User._meta.get_field("username")
        self.fields["username"] = forms.CharField(
            label=_("User name"),
            max_length=150,
            validators=model_field.validators,
            help_text=_("For signing in, such as m.berg. It cannot be changed later."),
            widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off", "autocapitalize": "none"}),
            error_messages={
                "required": _("Enter a user name."),
                "invalid": _("Use only letters, digits, and the signs @ . + - _"),
            },
        )
        self.order_fields(self.field_order)

    def clean_username(self) -> str:
        """Refuse a name that another account has, in whatever case."""
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("An account with this name exists. Open it, or enter another name."))
        return name


def administrators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse users who may see this page without being an administrator, because they could raise their own role."""

    @functools.wraps(view)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_superuser:
            return report_error(request, _("Only an administrator can change staff."), reverse("library:staff"))
        return view(request, *args, **kwargs)

    return guarded_view


@require_http_methods(["GET", "POST"])
@staff_only
def staff(request: HttpRequest) -> HttpResponse:
    """List staff with role, second step and policy; `?show=inactive` the deactivated ones. POST adds one."""
    if request.method == "POST":
        return add_member(request)
    return _render_list(request, NewMemberForm())


def _render_list(request: HttpRequest, form: NewMemberForm) -> HttpResponse:
    is_active = request.GET.get("show") != "inactive"
    return page(
        request,
        "library",
        "library/staff.html",
        {
            "rows": role_groups.everyone(is_active=is_active),
            "rights": role_groups.rights_table(),
            "is_active": is_active,
            "form": form,
            "may_change": request.user.is_superuser,
        },
        422 if form.errors else 200,
    )


@administrators_only
def add_member(request: HttpRequest) -> HttpResponse:
    """Add an account without a password, and show the link by which its holder chooses one."""
    form = NewMemberForm(request.POST)
    if not form.is_valid():
        return _render_list(request, form)
    user = _add(form)
    return _render_member(request, user, link=sign_in_link(request, user))


@atomic
def _add(form: NewMemberForm) -> User:
    user = User(username=form.cleaned_data["username"])
    user.set_unusable_password()
    user.save()
    role_groups.give(user, Role(form.cleaned_data["role"]))
    workplace.bind(user, list(form.cleaned_data["branches"]))
    return user


@require_http_methods(["GET", "POST"])
@staff_only
@administrators_only
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one member of staff, or save their role and branches."""
    user = get_object_or_404(User, pk=pk, is_staff=True)
    if request.method == "GET":
        return _render_member(request, user)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _render_member(request, user, form=form, status=422)
    home = reverse("library:member", args=(pk,))
    role = Role(form.cleaned_data["role"])
    try:
        _give(request.user, user, role, list(form.cleaned_data["branches"]))
    except NotAllowed as refused:
        return report_error(request, str(refused), home)
    return report_success(request, _("{name} saved").format(name=user), reverse("library:staff"))


@atomic
def _give(by: Any, user: User, role: Role, branches: list[Branch]) -> None:
    """Set role and branches.

    Raises:
        NotAllowed: The role may not be changed.
    """
    if role is not role_groups.role_of(user):
        _check_others(by, user)
        role_groups.give(user, role)
    workplace.bind(user, branches)


def _check_others(by: Any, user: User) -> None:
    """Check that an administrator other than this user makes the change, and is one until it is committed.

    Raises:
        NotAllowed: It is the user's own account, or someone has just taken the administrator's role.
    """
    active = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    keys = set(active.values_list("pk", flat=True))
    if by.pk == user.pk:
        raise NotAllowed(_("You cannot change your own role or account. Ask another administrator."))
    if by.pk not in keys:
        raise NotAllowed(_("You are no longer an administrator. Nothing was changed."))


def _render_member(
    request: HttpRequest, user: User, link: str = "", form: MemberForm | None = None, status: int = 200
) -> HttpResponse:
    """Show the member; `link` is shown this one time."""
    role = role_groups.role_of(user)
    works_at = WorksAt.objects.filter(user_id=user.pk).values_list("branch_id", flat=True)
    return page(
        request,
        "library",
        "library/member.html",
        {
            "member": user,
            "form": form or MemberForm(initial={"role": role, "branches": list(works_at)}),
            "role": role_words(role) if role else "",
            "is_own": user.pk == request.user.pk,
            "has_password": user.has_usable_password(),
            "has_second_step": second_step.device(user) is not None,
            "link": link,
        },
        status,
    )


@staff_action
@administrators_only
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Do the action of a button: `link`, `second_step`, `deactivate` or `activate`."""
    user = get_object_or_404(User, pk=pk, is_staff=True)
    home = reverse("library:member", args=(pk,))
    try:
        match what:
            case "link":
                return _create_link(request, user)
            case "second_step":
                _reset_second_step(request.user, user)
                words = _("Second step of {name} reset. They set it up again at the next sign-in.")
                return report_success(request, words.format(name=user), home)
            case "deactivate":
                _set_active(request.user, user, is_active=False)
                undo = reverse("library:member_act", args=(pk, "activate"))
                return report_success(
                    request, _("{name} can no longer sign in").format(name=user), reverse("library:staff"), undo
                )
            case "activate":
                _set_active(request.user, user, is_active=True)
                return report_success(request, _("{name} can sign in again").format(name=user), home)
    except NotAllowed as refused:
        return report_error(request, str(refused), home)
    return report_error(request, _("This button does not exist."), home)


def _create_link(request: HttpRequest, user: User) -> HttpResponse:
    if not user.is_active:
        raise NotAllowed(_("This account is deactivated. Activate it first."))
    note_account_change(user, AccountChange.LINK)
    return _render_member(request, user, link=sign_in_link(request, user))


@atomic
def _reset_second_step(by: Any, user: User) -> None:
    _check_others(by, user)
    second_step.take_away(user)
    note_account_change(user, AccountChange.SECOND_STEP)


@atomic
def _set_active(by: Any, user: User, *, is_active: bool) -> None:
    _check_others(by, user)
    user.is_active = is_active
    user.save()
