"""The admin: every table in both languages, and history that nobody edits."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kiosk.hub.catalogue.models import Title
from kiosk.hub.circulation.models import Library, Rule
from kiosk.hub.demo.cases import sample
from tests.hub.world import World

TABLES = [
    model
    for label in ("catalogue", "circulation")
    for model in apps.get_app_config(label).get_models()
    if model.__name__
    not in ("FeedEnd", "Edition", "Isbn", "Card", "Carried", "CarriedLook", "Touched", "Told", "Mark", "LawMark")
]


@pytest.fixture
def librarian(world: World) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("grace", password="long enough"))
    return client


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
@pytest.mark.parametrize(("language", "sign_out"), [("zh-hans", "注销"), ("en", "Log out")])
def test_every_table_opens_in_chinese_and_english(
    librarian: Client, world: World, table: type, language: str, sign_out: str
) -> None:
    world.tell(world.borrows(world.dune))
    meta = table._meta  # type: ignore[attr-defined]
    path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    page = librarian.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert sign_out in page.content.decode()
    with translation.override(language):
        assert str(meta.verbose_name_plural) in page.content.decode().lower()


def test_every_table_and_column_has_a_chinese_name() -> None:
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


def test_what_has_happened_cannot_be_edited(librarian: Client, world: World) -> None:
    world.tell(world.borrows(world.dune))
    for name in ("loan", "transaction", "circulationevent", "hold", "fee", "exceptioncase", "handedin"):
        assert librarian.get(reverse(f"admin:circulation_{name}_add")).status_code == 403
    loan = world.loans(world.dune)[0]
    page = librarian.post(reverse("admin:circulation_loan_change", args=[loan.pk]), {"state": "returned"})
    assert page.status_code == 403
    assert librarian.post(reverse("admin:circulation_loan_delete", args=[loan.pk])).status_code == 403


def test_the_marc_record_is_shown_field_by_field(librarian: Client) -> None:
    described = next(each for each in sample() if each.title == "钱钟书传")
    title = Title.objects.create(title=described.title, record=described.record)
    page = librarian.get(reverse("admin:catalogue_title_change", args=[title.pk])).content.decode()
    assert "=245" in page
    assert "钱钟书传" in page


def test_two_rules_for_one_combination_are_refused_whoever_writes_them(world: World) -> None:
    """Pages change them in a draft alone: tests/hub/rules."""
    for twice in (Rule(category=world.adult, days=7), Rule(days=7, hours=3)):
        with pytest.raises(IntegrityError), transaction.atomic():
            twice.save()
    with pytest.raises(ValidationError, match="这一组合已有规则"), translation.override("zh-hans"):
        Rule(category=world.adult, days=7).validate_constraints()
    with pytest.raises(ValidationError, match="in days or in hours, not both"), translation.override("en"):
        Rule(days=7, hours=3).validate_constraints()


def test_an_ever_closed_branch_is_refused(librarian: Client) -> None:
    closed = {"code": "x", "name": "X", "closed_weekdays": "[0,1,2,3,4,5,6]"}
    page = librarian.post(reverse("admin:catalogue_branch_add"), closed, headers={"Accept-Language": "en"})
    assert "leaves a day open" in page.content.decode()


@pytest.mark.parametrize("name", ["Asia/Shanghia", "Asia", "../etc", "asia shanghai"])
def test_a_time_zone_that_is_none_is_refused(librarian: Client, world: World, name: str) -> None:
    """By a wrong one no loan could be dated."""
    library = Library.objects.get()
    fields = {"name": "L", "timezone": name, "currency": "CNY", "offline_cap": 3, "hold_days": 7, "holds": 5}
    fields["named_days"] = 30
    path = reverse("admin:circulation_library_change", args=[library.pk])
    page = librarian.post(path, fields, headers={"Accept-Language": "zh-hans"})
    assert "没有这个时区" in page.content.decode()
    assert librarian.post(path, {**fields, "timezone": "Asia/Ulaanbaatar"}).status_code == 302
    library.refresh_from_db()
    assert library.timezone == "Asia/Ulaanbaatar"


def test_the_admin_knows_every_table() -> None:
    assert all(table in admin.site._registry for table in TABLES)
