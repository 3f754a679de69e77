"""Test the admin: every table in both languages, and read-only history."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hub.audit.models import AccessLogEntry
from hub.catalogue.models import Title
from hub.circulation.models import Library, Rule
from hub.demo.sample_data import sample
from tests.hub.support.world import World

TABLES = [
    model
    for label in ("catalogue", "circulation")
    for model in apps.get_app_config(label).get_models()
    if model.__name__
    not in (
        "FeedCursor",
        "RuleVersion",
        "Bay",
        "Edition",
        "Floor",
        "Isbn",
        "ReadOn",
        "CoverSearch",
        "SearchEntry",
        "WorksAt",
        "Card",
        "CardRecommendations",
        "GrantedService",
        "CardDisplayPreferences",
        "UnnumberedChange",
        "SnapshotChange",
        "ChangeMark",
        "PolicyMark",
        "WorksAt",
    )
]

NOT_SHOWN = {
    "Loan", "Renewal", "PendingReturn", "Hold", "Fee", "Payment", "PaymentPart", "Waiver", "Transit", "Transaction",
    "ExceptionCase", "CirculationEvent",
}  # fmt: skip
"""Each links a patron to an item."""


@pytest.fixture
def librarian(world: World) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("grace", password="long enough"))
    return client


@pytest.mark.parametrize("table", [*filter(admin.site.is_registered, TABLES)], ids=lambda table: table.__name__)
@pytest.mark.parametrize(("language", "sign_out"), [("zh-hans", "注销"), ("en", "Log out")])
def test_every_table_opens_in_chinese_and_english(
    librarian: Client, world: World, table: type, language: str, sign_out: str
) -> None:
    world.upload(world.checkout(world.dune))
    meta = table._meta  # type: ignore[attr-defined]
    path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    page = librarian.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert sign_out in page.content.decode()
    with translation.override(language):
        assert str(meta.verbose_name_plural) in page.content.decode().lower()


def test_every_table_and_field_has_a_chinese_name() -> None:
    with translation.override("zh-hans"):
        english = [
            f"{table.__name__}.{field.name}: {field.verbose_name}"
            for table in TABLES
            for field in table._meta.get_fields()
            if hasattr(field, "verbose_name") and field.editable and not field.auto_created
            if field.name != "isbn13" and not any(sign > "\u3000" for sign in str(field.verbose_name))
        ]
        names = [str(table._meta.verbose_name) for table in TABLES]
    assert english == []
    assert all(any(sign > "\u3000" for sign in name) for name in names)


def test_tables_that_link_a_patron_to_an_item_are_not_in_the_admin() -> None:
    """Staff pages show it with a logged reason."""
    assert not NOT_SHOWN & {model.__name__ for model in admin.site._registry}


def test_admin_masks_patrons_and_needs_a_reason_to_open_one(librarian: Client, world: World) -> None:
    listed = librarian.get(reverse("admin:circulation_patron_changelist"), {"q": "Ada"}).content.decode()
    assert "Ada S. ···0012" in listed
    assert "Sample" not in listed and world.ada.identifier not in listed
    for name in ("change", "delete", "history"):
        path = reverse(f"admin:circulation_patron_{name}", args=[world.ada.pk])
        asked = librarian.get(path)
        assert asked.status_code == 302 and asked["Location"].startswith("/staff/why/"), name
    assert not AccessLogEntry.objects.exists()
    change = reverse("admin:circulation_patron_change", args=[world.ada.pk])
    why = librarian.get(change)["Location"]
    opened = librarian.post(why, {"then": change, "reason": "record"}, follow=True)
    assert "Ada Sample" in opened.content.decode()
    assert [(each.act, each.reason, each.ref) for each in AccessLogEntry.objects.all()] == [
        ("record", "record", world.ada.ref)
    ]


@pytest.mark.parametrize("spelled", ["_2B{}", "{}_0A", "0{}", "_5F{}"])
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_other_spellings_of_a_key_do_not_bypass_the_reason(
    librarian: Client, world: World, page: str, spelled: str
) -> None:
    """The admin decodes `_2B1` to `+1`, which is key 1 as well."""
    answer = librarian.get(f"/admin/circulation/patron/{spelled.format(world.ada.pk)}/{page}/")
    assert answer.status_code in (302, 404)
    assert answer.status_code == 404 or answer["Location"].startswith("/staff/why/")
    assert not AccessLogEntry.objects.exists()


def test_marc_record_is_shown_field_by_field(librarian: Client) -> None:
    described = next(each for each in sample() if each.title == "钱钟书传")
    title = Title.objects.create(title=described.title, record=described.record)
    page = librarian.get(reverse("admin:catalogue_title_change", args=[title.pk])).content.decode()
    assert "=245" in page
    assert "钱钟书传" in page


def test_duplicate_or_contradictory_rule_is_refused(world: World) -> None:
    for rule in (Rule(category=world.adult, days=7), Rule(days=7, hours=3)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule.save()
    with pytest.raises(ValidationError, match="这一组合已有规则"), translation.override("zh-hans"):
        Rule(category=world.adult, days=7).validate_constraints()
    with pytest.raises(ValidationError, match="in days or in hours, not both"), translation.override("en"):
        Rule(days=7, hours=3).validate_constraints()


def test_branch_without_an_open_day_is_refused(librarian: Client) -> None:
    closed = {"code": "x", "name": "X", "closed_weekdays": "[0,1,2,3,4,5,6]"}
    page = librarian.post(reverse("admin:catalogue_branch_add"), closed, headers={"Accept-Language": "en"})
    assert "at least one open day" in page.content.decode()


@pytest.mark.parametrize("name", ["Asia/Shanghia", "Asia", "../etc", "asia shanghai"])
def test_unknown_time_zone_is_refused(librarian: Client, world: World, name: str) -> None:
    library = Library.objects.get()
    fields = {"name": "L", "timezone": name, "currency": "CNY", "offline_cap": 3, "hold_days": 7, "holds": 5}
    fields |= {
        "named_days": 30,
        "guardian_age": 14,
        "symbology": library.symbology,
        "receipt_width": library.receipt_width,
    }
    path = reverse("admin:circulation_library_change", args=[library.pk])
    page = librarian.post(path, fields, headers={"Accept-Language": "zh-hans"})
    assert "没有这个时区" in page.content.decode()
    assert librarian.post(path, {**fields, "timezone": "Asia/Ulaanbaatar"}).status_code == 302
    library.refresh_from_db()
    assert library.timezone == "Asia/Ulaanbaatar"


def test_every_other_table_is_in_the_admin() -> None:
    assert {table.__name__ for table in TABLES if table not in admin.site._registry} == NOT_SHOWN
