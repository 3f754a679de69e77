"""Describe why a message waits, was withheld or failed, and what staff can do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Reason:
    """Text for a code; `advice` is what to do, or empty."""

    summary: str
    advice: str = ""


def reason(code: str) -> Reason:
    """Return the text for a code of messages and deliveries; an unknown code stays as it is."""
    return _waiting().get(code) or _failure_reasons().get(code) or _providers().get(code) or Reason(code)


def _waiting() -> dict[str, Reason]:
    return {
        "quiet": Reason(_("Quiet hours")),
        "enough": Reason(_("Patron has reached the news limit for now")),
        "paused": Reason(_("The channel is paused after a failure"), _("See the Channels page for the reason.")),
        "again": Reason(_("Will retry")),
        "over": Reason(_("No longer needed")),
        "unsaid": Reason(_("Withdrawn before sending")),
        "no_consent": Reason(_("Patron has not consented to this type of message")),
        "kept_for_loans": Reason(
            _("The patron's addresses are for loans only"),
            _("The patron can allow news in My details at a kiosk, or on the patron portal."),
        ),
        "stopped": Reason(_("Patron has unsubscribed from this type of message")),
    }


def _failure_reasons() -> dict[str, Reason]:
    ask = _("Ask for an address at the patron's next visit.")
    return {
        "no_way": Reason(_("No usable contact method"), ask),
        "all_failed": Reason(_("All contact methods failed"), ask),
        "turned_off": Reason(_("Channel turned off")),
        "moved": Reason(_("The patron's address has changed")),
        "mail_no_such_address": Reason(_("This address does not exist"), ask),
        "mail_bounced": Reason(_("The email was returned"), ask),
        "mail_refused": Reason(
            _("The recipient's mail server rejects our email"), _("Ask the email administrator to check SPF and DKIM.")
        ),
        "mail_later": Reason(_("The recipient's mail server is busy, or the mailbox is full")),
        "mail_cut_off": Reason(_("The mail server closed the connection")),
        "mail_login": Reason(
            _("The mail server rejects our user name or password"),
            _("Correct them in the mail account. Some providers want an app password."),
        ),
        "mail_sender": Reason(_("The mail server rejects our sender address"), _("Correct it in the mail account.")),
        "mail_server": Reason(
            _("Unexpected reply from the mail server"), _("Check port and security in the mail account.")
        ),
        "mail_tls": Reason(
            _("No encrypted connection to the mail server"),
            _("Check port and security: 587 with STARTTLS, 465 with TLS. The certificate must be valid for the name."),
        ),
        "mail_unreachable": Reason(
            _("The mail server cannot be reached"), _("Check server and port, and that the server is running.")
        ),
    }


def _providers() -> dict[str, Reason]:
    settings = _("Check app, secret, templates and the list of allowed addresses at the provider.")
    away = _("Check the network. The provider may also be down.")
    found = {"apprise_failed": Reason(_("The service rejected it"), _("Send a test message."))}
    found["apprise_not_allowed"] = Reason(
        _("The library does not allow this service"), _("Add it to services in channels.toml.")
    )
    found["apprise_bad_url"] = Reason(_("The patron's service address is not valid"))
    found["apprise_settings"] = Reason(
        _("The SMS service URL is not valid"),
        _("Correct it under Library, Channels, or sms in channels.toml."),
    )
    for name, code in (("WeChat", "wechat"), ("WeCom", "wecom")):
        given = {"name": name}
        found |= {
            f"{code}_unreachable": Reason(_("{name} cannot be reached").format(**given), away),
            f"{code}_settings": Reason(_("{name} rejects our settings").format(**given), settings),
            f"{code}_busy": Reason(_("{name} is busy, or the day's limit is reached").format(**given)),
            f"{code}_no_such_user": Reason(_("{name} has no such user").format(**given)),
            f"{code}_not_following": Reason(_("Patron no longer follows the account")),
            f"{code}_no_subscription": Reason(_("Patron has not subscribed to this message")),
            f"{code}_window_over": Reason(_("No recent contact, which {name} requires").format(**given)),
            f"{code}_template_data": Reason(_("{name} rejects the template text").format(**given), settings),
            f"{code}_no_template": Reason(
                _("No template for this message type"), _("Add one under Library, Channels, or in channels.toml.")
            ),
            f"{code}_unknown": Reason(_("Unknown error from {name}").format(**given)),
        }
    return found
