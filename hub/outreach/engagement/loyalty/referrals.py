"""Create referral codes, and count referred patrons once staff have confirmed them.

Only numbers are kept after counting.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.core.language import in_text_languages
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.outreach.engagement.loyalty.models import MonthlyReferrals, ReferralCode, ReferredPatron
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Characters of a code, without those that look alike when read from a screen and typed."""
LENGTH = 6
"""Characters of a code."""
WAITING, A_YEAR = 5, 20
"""Maximum number of unconfirmed patrons per code, and of counted patrons per code and year."""
KEPT = timedelta(days=60)
"""Time for staff to confirm a referred patron before the referral lapses."""


@atomic
def invite(person: Person, now: datetime) -> ReferralCode:
    """Return the patron's referral code, creating one if needed. Callers offer none to a child."""
    return ReferralCode.objects.get_or_create(person=person, defaults={"code": _fresh(), "since": now})[0]


def _fresh() -> str:
    while True:
        code = "".join(secrets.choice(SIGNS) for _sign in range(LENGTH))
        if not ReferralCode.objects.filter(code=code).exists():
            return code


def stop(person: Person) -> None:
    """Invalidate the code and delete its count."""
    ReferralCode.objects.filter(person=person).delete()


def address(invitation: ReferralCode) -> str:
    """Return the URL behind the code: registration with the code filled in."""
    return f"{public_url('portal:join')}?by={invitation.code}"


def on_glass() -> dict[str, str]:
    """Return the text next to the code at the end of a visit, by language."""
    return in_text_languages(lambda: _("A friend can join with your code."))


def by_code(typed: str) -> ReferralCode | None:
    """Return the referral code; case, blanks and hyphens are ignored."""
    code = re.sub(r"[\s-]", "", typed).upper()
    found: ReferralCode | None = (
        ReferralCode.objects.filter(code=code).first() if len(code) == LENGTH and code.isalnum() else None
    )
    return found


@atomic
def came(newcomer: Person, typed: str, now: datetime) -> bool:
    """Record that a new patron registered with this code; a repetition is recorded once.

    Returns:
        False if the code is unknown, the patron's own, newer than the patron, or has reached its limit.
    """
    found = by_code(typed)
    if found is None or found.person_id == newcomer.pk or newcomer.since < found.since:
        return False
    held = ReferralCode.objects.select_for_update().get(pk=found.pk)
    if held.newcomers.count() >= WAITING or held.brought >= A_YEAR * (1 + (now - held.since).days // 365):
        return False
    ReferredPatron.objects.get_or_create(person=newcomer, defaults={"invitation": held, "at": now})
    return True


def count(now: datetime) -> int:
    """Count the referred patrons confirmed by staff, and thank both; return how many. It can be repeated."""
    seen = ReferredPatron.objects.filter(person__provisional=False)
    return sum(_count(each, now) for each in list(seen.values_list("pk", flat=True)))


@atomic
def _count(pk: int, now: datetime) -> int:
    row = (
        ReferredPatron.objects.select_for_update(of=("self",))
        .select_related("person", "invitation__person")
        .filter(pk=pk)
    )
    newcomer = row.first()
    if newcomer is None:
        return 0
    found = newcomer.invitation
    ReferralCode.objects.filter(pk=found.pk).update(brought=F("brought") + 1)
    month: date = local_day(now, zone()).replace(day=1)
    made, _new = MonthlyReferrals.objects.get_or_create(month=month)
    MonthlyReferrals.objects.filter(pk=made.pk).update(count=F("count") + 1)
    number = found.brought + 1
    _thank(found.person, f"friend {found.pk} {number}", *_to_her(number), public_url("portal:mine"))
    _thank(newcomer.person, f"welcome {newcomer.person_id}", *_to_newcomer(), public_url("portal:mine"))
    newcomer.delete()
    return 1


def _thank(person: Person, key: str, heading: dict[str, str], body: dict[str, str], link: str) -> None:
    queue_message(person, MessageKind.THANKS, key, {"heading": heading, "body": body, "link": link})


def _to_her(number: int) -> tuple[dict[str, str], dict[str, str]]:
    def words() -> tuple[str, str]:
        text = ngettext(
            "{count} reader has joined through you so far.", "{count} readers have joined through you so far.", number
        )
        return _("Thank you: a friend of yours has joined us"), text.format(count=number)

    return _in_every_language(words)


def _to_newcomer() -> tuple[dict[str, str], dict[str, str]]:
    return _in_every_language(
        lambda: (_("Welcome!"), _("You joined through a friend, and we have thanked them. Enjoy reading!"))
    )


def _in_every_language(words: Callable[[], tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    return in_text_languages(lambda: words()[0]), in_text_languages(lambda: words()[1])


def tidy(now: datetime) -> int:
    """Delete referred patrons not confirmed within `KEPT`."""
    count, _by_table = ReferredPatron.objects.filter(at__lt=now - KEPT).delete()
    return int(count)
