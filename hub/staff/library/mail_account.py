"""Set up the account by which the library sends mail, and send a test message by it.

The password is typed, never shown, and sent only to the server for which it was typed.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from hub.audit.field_history import NEW_PASSWORD
from hub.core.language import zh_or_en
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.channels.registry import ChannelTestResult, send_test
from hub.outreach.messaging.models import MailAccount
from hub.outreach.messaging.settings import FILE, BadChannels, Channels, channels, channels_in_file
from hub.outreach.patrons.channels import BadAddress, Channel
from hub.staff.library.undo import undo_url


class MailAccountForm(forms.ModelForm):
    """The account, with a field for a new password; an empty one keeps the stored password."""

    password = forms.CharField(
        required=False, strip=False, max_length=500, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = MailAccount
        fields = ("sender_name", "sender", "host", "port", "security", "user", "is_on")
        field_order = ("sender_name", "sender", "host", "port", "security", "user", "password", "is_on")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.Meta.field_order)
        for name, (label, help_text, fault) in self._texts().items():
            field = self.fields[name]
            field.label, field.help_text = label, help_text
            field.error_messages |= dict.fromkeys(("required", "invalid", "min_value", "max_value"), fault)
            for validator in field.validators:
                if fault:
                    validator.message = fault
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs |= {"class": "field", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["user"].widget.attrs["autocomplete"] = "off"

    def _texts(self) -> dict[str, tuple[str, str, str]]:
        """Return label, explanation and error message of each field."""
        stored = _("Stored. Leave empty to keep it.") if self.instance.has_password else ""
        return {
            "sender_name": (_("Sender's name"), _("Such as the library's name. Patrons see it."), ""),
            "sender": (
                _("Sender's address"),
                _("Answers of patrons arrive there."),
                _("Enter an address, such as library@example.org."),
            ),
            "host": (_("Server"), _("Outgoing mail (SMTP), such as smtp.example.org."), _("Enter the server's name.")),
            "port": (
                _("Port"),
                _("Mostly 587 with STARTTLS, 465 with TLS."),
                _("Enter a whole number from {low} to {high}.").format(low=1, high=65535),
            ),
            "security": (
                pgettext("mail server", "Security"),
                _("Choose none only for a server within the library's network."),
                "",
            ),
            "user": (_("User name"), _("Often the sender's address. Leave empty if the server wants no login."), ""),
            "password": (_("Password"), stored or _("Encrypted in the hub, and never shown."), ""),
            "is_on": (_("Send mail by this account"), _("If not, email is off."), ""),
        }

    def clean_sender_name(self) -> str:
        """Put the name on one line, as a mail header has it."""
        return " ".join(str(self.cleaned_data["sender_name"]).split())

    def clean_host(self) -> str:
        """Accept a name or address without scheme, port or path."""
        host = str(self.cleaned_data["host"]).strip()
        if not host or any(each.isspace() or each in "/@" for each in host):
            raise forms.ValidationError(_("Enter the server's name."))
        return host

    def clean(self) -> dict[str, object]:
        """Require the password again for another login: a stored one must not go to another server or unencrypted."""
        found = super().clean() or self.cleaned_data
        login = MailAccount(**{name: found.get(name, "") for name in ("user", "host", "security")}).login
        is_stored = bool(self.instance.password) and self.instance.password_for == login
        if found.get("user") and not found.get("password") and not is_stored and not self.errors:
            self.add_error("password", _("Enter the password of this user name at this server."))
        if found.get("password") and not found.get("user") and not self.errors:
            self.add_error("user", _("Enter the user name to which the password belongs."))
        return found


@require_http_methods(["GET", "POST"])
@staff_only
def mail_account(request: HttpRequest) -> HttpResponse:
    """Show the account, or save it; one in the file is only shown."""
    home = reverse("library:mail_account")
    if request.method == "GET":
        return _render(request, MailAccountForm(instance=MailAccount.now()))
    if _in_file()[0].mail:
        return report_error(request, _("The mail account is set in {file}. Change it there.").format(file=FILE), home)
    form = MailAccountForm(request.POST, instance=MailAccount.now())
    if not form.is_valid():
        return _render(request, form, status=422)
    if not form.has_changed():
        return report_success(request, _("Nothing was changed"), home)
    account = _save(form)
    # A version has no password: an undo would leave the new one with the old login.
    undo = "" if "password" in form.changed_data else undo_url("mail_account", [account.pk])
    return report_success(request, _("Mail account saved. Send a test message."), home, undo)


@atomic
def _save(form: MailAccountForm) -> MailAccount:
    account: MailAccount = form.save(commit=False)
    if form.cleaned_data["password"]:
        account.password, account.password_for = form.cleaned_data["password"], account.login
        account._change_reason = NEW_PASSWORD
    elif not account.user:
        account.password = account.password_for = ""
    account.save()
    return account


@staff_action
def send_test_message(request: HttpRequest) -> HttpResponse:
    """Send a test message to the posted address by the account in effect, and show the result."""
    address, status = request.POST.get("address", "").strip(), 200
    try:
        tested = send_test("mail", address, zh_or_en(), channels())
    except (BadAddress, BadChannels) as error:
        tested, status = ChannelTestResult(False, str(error)), 422
    return _render(request, MailAccountForm(instance=MailAccount.now()), tested, address, status)


def _render(
    request: HttpRequest,
    form: MailAccountForm,
    tested: ChannelTestResult | None = None,
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    in_file, fault = _in_file()
    if not fault:
        try:
            channels()
        except BadChannels as error:
            fault = str(error)
    context = {
        "form": form,
        "in_file": in_file.mail,
        "file": FILE,
        "fault": fault,
        "tested": tested,
        "tested_channel": str(Channel.MAIL.label) if tested else "",
        "address": address,
        "is_set_up": bool(in_file.mail) or form.instance.pk is not None,
    }
    return page(request, "library", "library/mail_account.html", context, status)


def _in_file() -> tuple[Channels, str]:
    """Return the channels of the file, and its fault."""
    try:
        return channels_in_file() or Channels(), ""
    except BadChannels as error:
        return Channels(), str(error)
