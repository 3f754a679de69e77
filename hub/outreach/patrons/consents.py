"""Record consents: each purpose with the version of the text shown, and the contact fields that may serve it.

Loans need no consent and are not recorded.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import BigIntegerField, CharField, Q, QuerySet

from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from hub.outreach.patrons.channels import IN_HOUSE
from hub.outreach.patrons.models import Consent, ConsentText, Contact, FieldConsent, Person
from hub.outreach.patrons.purposes import MARKETING, Purpose
from lending.kiosk_consents import ConsentWording

EMPTIED = "emptied"
"""Value of `by` when a field lost its purposes because its address was removed."""


@dataclass(frozen=True, slots=True)
class FieldConsentState:
    """What a field may be used for, apart from loans.

    `refusal` is the refusal that reserves the field for loans. `more` is True if the person consents to a purpose that
    this field does not serve.
    """

    serves: tuple[FieldConsent, ...] = ()
    refusal: FieldConsent | None = None
    more: bool = False

    @property
    def purposes(self) -> list[str]:
        """Purposes that the field serves."""
        return [each.purpose for each in self.serves]


SHIPPED: Mapping[Purpose, tuple[str, str, str]] = {
    Purpose.SERVICE: (
        "2026-3",
        "为办理借还、预约和答复您的咨询，图书馆需要您的姓名和证号。没有这些信息，我们无法提供借阅服务。"
        "您可以留下一种联系方式，以便收到通知和答复。",
        "To provide loans, holds and replies, the library needs your name and your card number. "
        "Without them we cannot lend to you. You may add a contact method for notices and replies.",
    ),
    Purpose.REMINDERS: (
        "2026-3",
        "图书馆可以根据您以往的还书习惯，在合适的时间提醒您还书。只使用各类文献的借阅天数和您通常到馆的星期，不使用书名。"
        "您随时可以关闭。",
        "The library may send reminders at times that fit your habits. We use only how long you keep each type of item "
        "and the weekdays on which you visit, never titles. You can turn this off at any time.",
    ),
    Purpose.HISTORY: (
        "2026-4",
        "图书馆可以保留您最近借过的书目，供您自己查看。馆员只在您本人持证到服务台时，或应您要求导出资料时才能看到这些书名，"
        "每次查看都有记录。不同意时，图书归还后，书名只在图书馆规定的期限内（通常 30 天）为处理争议而保留，"
        "之后不再与您关联。您随时可以关闭并删除。",
        "The library may keep your most recently borrowed titles so that you can see them. Staff see them only "
        "while your card is at the desk, or when you ask for a copy of your data. Every access is recorded. If you do "
        "not agree, we keep a title with your name after its return only as long as the library allows for disputes, "
        "usually 30 days. You can turn this off and delete the titles at any time.",
    ),
    Purpose.RECOMMENDATIONS: (
        "2026-2",
        "图书馆可以根据您最近的借阅和兴趣为您推荐图书，并说明推荐理由。您随时可以修改兴趣或关闭推荐。",
        "The library may recommend books based on your recent loans and your interests, and tells you why. You can "
        "change your interests or turn this off at any time.",
    ),
    Purpose.TITLES: (
        "2026-2",
        "图书馆可以在发给您的荐书消息中写出推荐理由，例如您借过的书名或作者。消息可能被他人看到。"
        "不同意时，消息中只写您的兴趣类别。您随时可以关闭。",
        "Recommendation messages may give the reason, such as a title you borrowed or its author. Other people may see "
        "a message. If you do not agree, messages name only a subject that interests you. You can turn this off at any "
        "time.",
    ),
    Purpose.DIGEST: (
        "2026-2",
        "图书馆可以按您选择的周期向您发送新书快递。每条消息都可以退订。",
        "The library may send you a digest of new titles as often as you choose. You can unsubscribe in every message.",
    ),
    Purpose.ALERTS: (
        "2026-3",
        "图书馆可以保存您的检索词，在相符的新书到馆时通知您，每种书只通知一次。每条消息都可以退订，检索词可以随时删除。",
        "The library may save your search words and notify you about new titles that match them, once per title. You "
        "can unsubscribe in every message and delete the words at any time.",
    ),
    Purpose.CAMPAIGN: (
        "2026-2",
        "图书馆可以向您发送讲座、展览等活动的消息。每条消息都可以退订。",
        "The library may send you messages about talks, exhibitions and other events. You can unsubscribe in every "
        "message.",
    ),
    Purpose.QUESTIONNAIRE: (
        "2026-2",
        "图书馆可以不时邀请您填写一份简短的问卷。您可以匿名填写，也可以不填写。",
        "The library may occasionally invite you to answer a short questionnaire. You may answer anonymously, or not "
        "at all.",
    ),
    Purpose.RESEARCH: (
        "2026-3",
        "图书馆可以将去除身份信息后的借阅数据用于统计和改进服务。从结果中无法识别任何个人。",
        "The library may use your loans, without data that identifies you, for statistics and to improve its services. "
        "No person can be identified in the results.",
    ),
}
"""Text of each purpose until the library writes its own, by purpose: version, Chinese text, English text.

These are legal texts: a change needs a new version number and a legal review.
"""


def has_consented(person: Person, purpose: str) -> bool:
    """Return whether the person consents now. `SERVICE` is always True: loans need no consent.

    A parent or guardian consents for a child.
    """
    if purpose == Purpose.SERVICE:
        return True
    return _last_answer(person, purpose) is True


def _last_answer(person: Person, purpose: str) -> bool | None:
    rows: list[tuple[bool]] = _answers(person.pk, purpose)
    return rows[0][0] if rows else None


@prepared_query
def _answers() -> QuerySet:
    own = Consent.objects.filter(person_id=Param(0, BigIntegerField()), purpose=Param(1, CharField()))
    return own.values_list("given")[:1]


def all_given(purpose: str, among: Collection[int] | None = None) -> set[int]:
    """Return the ids of all persons, or of those in `among`, who consent to the purpose now; one query."""
    rows = Consent.objects.filter(purpose=purpose)
    if among is not None:
        rows = rows.filter(person__in=among)
    newest: dict[int, bool] = dict(rows.order_by("at", "id").values_list("person_id", "given"))
    return {pk for pk, agrees in newest.items() if agrees}


def refused(person: Person, purpose: str) -> bool:
    """Return whether the last answer was no; False if the person was never asked."""
    return _last_answer(person, purpose) is False


def give(person: Person, purpose: str, by: str, text_version: str, at: datetime | None = None) -> None:
    """Record a consent; a repetition of the same text version is ignored.

    For marketing purposes the consent covers each address the person has now, except those reserved for loans.

    `by` is who recorded it: `staff grace`, `kiosk front`, `phone` or `import`.
    """
    at = at or hub_clock().now()
    _note(person, purpose, True, by, text_version, at)
    if purpose in MARKETING:
        _extend_to_fields(person.recipient, purpose, by, text_version, at)


def withdraw(person: Person, purpose: str, by: str, at: datetime | None = None) -> None:
    """Record a withdrawal. Receivers of `post_save` of `Consent` remove what depended on it."""
    _note(person, purpose, False, by, "", at)


def _note(person: Person, purpose: str, yes: bool, by: str, version: str, at: datetime | None) -> None:
    newest = Consent.objects.filter(person=person, purpose=purpose).first()
    if newest is not None and (newest.given, newest.text_version) == (yes, version):
        return
    Consent.objects.create(
        person=person,
        purpose=Purpose(purpose),
        given=yes,
        text_version=version,
        by=by,
        at=at or hub_clock().now(),
    )


def text(purpose: str) -> ConsentText:
    """Return the text shown for the purpose now: the library's own, or the default."""
    newest: list[ConsentText] = _texts(purpose)
    if newest:
        return newest[0]
    version, chinese, english = SHIPPED[Purpose(purpose)]
    made, _new = ConsentText.objects.get_or_create(
        purpose=purpose,
        version=version,
        defaults={"chinese": chinese, "english": english, "since": hub_clock().now()},
    )
    return made


@prepared_query
def _texts() -> QuerySet:
    return ConsentText.objects.filter(purpose=Param(0, CharField()))[:1]


def text_of_kiosks(purpose: str, shown: ConsentWording) -> ConsentText:
    """Return the kiosk's text for the purpose, stored as a version of its own. Web pages never show it."""
    text(purpose)
    made, _new = ConsentText.objects.get_or_create(
        purpose=purpose,
        version=shown.version,
        defaults={"chinese": shown.chinese, "english": shown.english, "since": datetime(2026, 1, 1, tzinfo=UTC)},
    )
    return made


def words(shown: ConsentText) -> str:
    """Return the text in the active language."""
    return str(shown.texts)


def uses_by_field(person: Person) -> dict[str, FieldConsentState]:
    """Return the state of each field with an address."""
    wanted, known = agreed_purposes(person), _newest_by_field(person)
    closed, found = refused_fields(person), {}
    for field in filled_channels(person):
        newest = known.get(field, {})
        serves = tuple(newest[each] for each in Purpose if each in wanted and each in newest and newest[each].given)
        refusal = next(iter(newest.values())) if field in closed else None
        found[field] = FieldConsentState(serves, refusal, len(serves) < len(wanted))
    return found


def filled_channels(person: Person) -> list[str]:
    """Return the channels for which the person has an address, each once."""
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    return list(dict.fromkeys(rows.values_list("channel", flat=True)))


def fields_serving(people: Collection[int], purpose: str) -> dict[int, set[str]]:
    """Return by person id the fields that may serve the purpose now, with one query."""
    newest: dict[tuple[int, str], bool] = {}
    rows = FieldConsent.objects.filter(person__in=people, purpose=purpose).order_by("at", "id")
    for person, field, given in rows.values_list("person_id", "field", "given"):
        newest[person, field] = given
    found: dict[int, set[str]] = {each: set() for each in people}
    for (person, field), given in newest.items():
        if given:
            found[person].add(field)
    return found


def field_serves(person: Person, field: str, purpose: str) -> bool:
    """Return whether messages for the purpose may go to this field; screen and paper always may."""
    return field in IN_HOUSE or field in fields_serving([person.pk], purpose)[person.pk]


def _newest_by_field(person: Person) -> dict[str, dict[str, FieldConsent]]:
    """Return the newest decision per field and purpose, withdrawals included, the newest first."""
    found: dict[str, dict[str, FieldConsent]] = {}
    for each in person.uses.all():
        found.setdefault(each.field, {}).setdefault(each.purpose, each)
    return found


def refused_fields(person: Person) -> set[str]:
    """Return the fields whose last decision was the patron's refusal; later consents do not cover them."""
    words = FieldConsent.objects.filter(person=person).order_by("at", "id").values_list("field", "given", "by")
    last = {field: given or by == EMPTIED for field, given, by in words}
    return {field for field, open_to_more in last.items() if not open_to_more}


def _extend_to_fields(person: Person, purpose: str, by: str, text_version: str, at: datetime) -> None:
    """Extend a consent just given to the fields that have an address and are not reserved for loans."""
    closed = refused_fields(person)
    for field in filled_channels(person):
        if field not in closed:
            _note_field(person, field, purpose, True, by, text_version, at)


def allow_field(person: Person, field: str, by: str, at: datetime) -> None:
    """Let the field serve all purposes consented to, for the person or a child, in the agreed versions."""
    for purpose, version in agreed_purposes(person).items():
        _note_field(person, field, purpose, True, by, version, at)


def reserve_field(person: Person, field: str, by: str, at: datetime) -> None:
    """Reserve the field for loans, also against consents given later."""
    for purpose in sorted(MARKETING):
        _note_field(person, field, purpose, False, by, "", at)


def clear_field(person: Person, field: str, at: datetime) -> None:
    """End the purposes of a field whose address was removed.

    An address entered later is a different one, and serves loans only until the person consents again.
    """
    if field in refused_fields(person) or field in filled_channels(person):
        return
    for purpose, word in _newest_by_field(person).get(field, {}).items():
        if word.given:
            _note_field(person, field, purpose, False, EMPTIED, "", at)


def restore_field(person: Person, field: str, at: datetime) -> None:
    """Restore the purposes of an address removed at `at` and put back, unless another was entered since."""
    if field not in filled_channels(person):
        FieldConsent.objects.filter(person=person, field=field, by=EMPTIED, at=at).delete()


def agreed_purposes(person: Person) -> dict[str, str]:
    """Return the marketing purposes consented to, for the person or their children, with the text version."""
    own_or_childs = Q(person=person) | Q(person__guardian=person, person__child=True)
    rows = Consent.objects.filter(own_or_childs, purpose__in=MARKETING).order_by("at", "id")
    newest = {(each.person_id, each.purpose): each for each in rows}
    return {each.purpose: each.text_version for each in newest.values() if each.given}


def _note_field(person: Person, field: str, purpose: str, yes: bool, by: str, version: str, at: datetime) -> None:
    newest = FieldConsent.objects.filter(person=person, field=field, purpose=purpose).first()
    if newest is not None and (newest.given, newest.text_version) == (yes, version) and newest.by != EMPTIED:
        return
    FieldConsent.objects.create(
        person=person, field=field, purpose=Purpose(purpose), given=yes, text_version=version, by=by, at=at
    )
