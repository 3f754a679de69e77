"""Link a patron's WeChat or WeCom account by a one-time QR code that is valid for minutes."""

from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex

from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.channels.tencent import Unreachable, wechat_qr_code, wecom_qr_code
from hub.outreach.messaging.models import AccountLinkCode
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, Contact, Person, Source
from hub.outreach.patrons.records import RecordSource

GOOD_FOR = timedelta(minutes=10)


class ScanResult(StrEnum):
    """Result of a scan."""

    BOUND = "bound"
    TAKEN = "taken"
    OVER = "over"


def linkable_channels(channels: Channels) -> list[Channel]:
    """Return the channels that patrons can link themselves."""
    found = []
    if channels.wechat and channels.wechat.callback_token:
        found.append(Channel.WECHAT)
    if channels.wecom:
        found.append(Channel.WECOM)
    return found


def begin(person: Person, channel: str, channels: Channels, now: datetime) -> AccountLinkCode:
    """Create a code and expire the earlier ones.

    Raises:
        Unreachable: If the provider gives no code.
    """
    word = token_hex(16)
    url = _url(channel, channels, word)
    AccountLinkCode.objects.filter(person=person, channel=channel, used_at=None).update(until=now)
    return AccountLinkCode.objects.create(
        person=person, channel=Channel(channel), mark=keyed_hash("bind", word), url=url, until=now + GOOD_FOR
    )


def _url(channel: str, channels: Channels, word: str) -> str:
    if channel == Channel.WECHAT and channels.wechat:
        return wechat_qr_code(channels.wechat, word)
    if channel == Channel.WECOM and channels.wecom:
        return wecom_qr_code(channels.wecom, word)
    raise Unreachable("off")


def last(person: Person, channel: str) -> AccountLinkCode | None:
    """Return the patron's newest code, whatever its result."""
    return AccountLinkCode.objects.filter(person=person, channel=channel).order_by("-pk").first()


@atomic
def take(channel: str, word: str, account: str, now: datetime) -> ScanResult:
    """Link the account that scanned the code. An account linked to another patron stays with that patron."""
    rows = AccountLinkCode.objects.select_for_update(of=("self",)).select_related("person")
    row = rows.filter(channel=channel, mark=keyed_hash("bind", word), used_at=None, until__gt=now).first()
    if row is None:
        return ScanResult.OVER
    row.used_at = now
    others = Contact.objects.filter(channel=channel, hash=keyed_hash(channel, account), replaced_at=None)
    taken = others.exclude(person=row.person).exists()
    row.end = AccountLinkCode.End.TAKEN if taken else AccountLinkCode.End.BOUND
    row.url = ""
    row.save(update_fields=("used_at", "end", "url"))
    if taken:
        return ScanResult.TAKEN
    by = RecordSource(Source.PHONE, "", now)
    contact = records.store_contact(row.person, channel, account, by, now)
    contact.bound_at = now
    contact.save(update_fields=("bound_at",))
    records.note(row.person, channel, Change.Act.BOUND, by)
    records.replace_others(contact, by)
    return ScanResult.BOUND


def linked_account(person: Person, channel: str) -> Contact | None:
    """Return the patron's account at the provider, if it is linked."""
    contacts = Contact.objects.filter(person=person, channel=channel, replaced_at=None).exclude(bound_at=None)
    return contacts.order_by("-bound_at").first()


def confirm_followed_again(channel: str, account: str, now: datetime) -> None:
    """Mark an account that follows again as reachable."""
    for each in Contact.objects.filter(channel=channel, hash=keyed_hash(channel, account), replaced_at=None):
        if each.bounced_at is not None:
            records.confirm_contact(each, RecordSource(Source.PHONE, "", now))


def tidy(now: datetime) -> int:
    """Delete expired codes; return how many rows were deleted."""
    count, _each = AccountLinkCode.objects.filter(until__lt=now - timedelta(days=1)).delete()
    return int(count)
