"""Describe why a message waits, was withheld or failed, and what staff can do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Reason:
    """Text for a code; `then` is what to do, or empty."""

    what: str
    then: str = ""


def reason(code: str) -> Reason:
    """Return the text for a code of messages and deliveries; an unknown code stays as it is."""
    return _waiting().get(code) or _failed().get(code) or _providers().get(code) or Reason(code)


def _waiting() -> dict[str, Reason]:
    return {
        "quiet": Reason(_("Quiet hours")),
        "enough": Reason(_("She had enough news for now")),
        "paused": Reason(_("The channel rests after a failure"), _("See Channels for what is wrong.")),
        "again": Reason(_("Is tried again")),
        "over": Reason(_("Was of no use any more")),
        "unsaid": Reason(_("Taken back before it was sent")),
        "no_consent": Reason(_("She has not agreed to this kind")),
        "kept_for_loans": Reason(
            _("Her addresses are for her loans alone"), _("She opens one to news in My details, or on her phone.")
        ),
        "stopped": Reason(_("She stopped this kind")),
    }


def _failed() -> dict[str, Reason]:
    ask = _("Ask her for an address at her next visit.")
    return {
        "no_way": Reason(_("There is no way to her"), ask),
        "all_failed": Reason(_("Every way to her failed"), ask),
        "turned_off": Reason(_("The channel was turned off meanwhile")),
        "moved": Reason(_("She has another address now")),
        "mail_no_such_address": Reason(_("Nobody has this address"), ask),
        "mail_bounced": Reason(_("The mail came back"), ask),
        "mail_refused": Reason(
            _("Her mail server refuses our mail"), _("Ask whoever runs the mail server: SPF, DKIM?")
        ),
        "mail_later": Reason(_("Her mail server is busy, or her mailbox is full")),
        "mail_cut_off": Reason(_("The mail server hung up midway")),
        "mail_login": Reason(_("The mail server refuses our name or password"), _("Correct them in channels.toml.")),
        "mail_sender": Reason(_("The mail server refuses our sender"), _("Correct sender in channels.toml.")),
        "mail_server": Reason(
            _("The mail server does not speak as expected"), _("Check port and security in channels.toml.")
        ),
        "mail_unreachable": Reason(_("The mail server cannot be reached"), _("Check host and port, and that it runs.")),
    }


def _providers() -> dict[str, Reason]:
    settings = _("Check app, secret, templates and the list of allowed addresses at the provider.")
    away = _("Check the network; the provider may be out of order.")
    found = {"apprise_failed": Reason(_("The service did not take it"), _("Try it with a test message."))}
    found["apprise_not_allowed"] = Reason(
        _("The library does not allow this service"), _("Add it to services in channels.toml.")
    )
    found["apprise_bad_url"] = Reason(_("Her service's address cannot be read"))
    found["apprise_settings"] = Reason(
        _("The address of the SMS service cannot be read"), _("Correct sms in channels.toml.")
    )
    for name, code in (("WeChat", "wechat"), ("WeCom", "wecom")):
        given = {"name": name}
        found |= {
            f"{code}_unreachable": Reason(_("{name} cannot be reached").format(**given), away),
            f"{code}_settings": Reason(_("{name} refuses our settings").format(**given), settings),
            f"{code}_busy": Reason(_("{name} is busy, or the day's limit is reached").format(**given)),
            f"{code}_no_such_user": Reason(_("{name} knows no such user").format(**given)),
            f"{code}_not_following": Reason(_("She does not follow the account any more")),
            f"{code}_no_subscription": Reason(_("She has not subscribed to this message")),
            f"{code}_window_over": Reason(_("She was not in touch lately, as {name} demands").format(**given)),
            f"{code}_template_data": Reason(_("{name} does not take the template's words").format(**given), settings),
            f"{code}_no_template": Reason(_("There is no template for this kind")),
            f"{code}_unknown": Reason(_("{name} gave an error that is not known").format(**given)),
        }
    return found
