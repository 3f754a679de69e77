"""Each field serves what she agrees to now, where it was told by then; nobody's yes goes further than it went."""

from django.db import migrations
from django.db.models import Model

MARKETING = ("alerts", "campaign", "digest", "questionnaire", "recommendations")
BATCH = 2000


def keep(apps: object, _editor: object) -> None:
    """As messages went until today: by every address in use, on her yes or, for a child, the yes given for it."""
    table: dict[str, type[Model]] = {
        name: apps.get_model("people", name)  # type: ignore[attr-defined]
        for name in ("Consent", "Contact", "Person", "Use")
    }
    newest = {}
    for each in table["Consent"].objects.filter(purpose__in=MARKETING).order_by("at", "id").iterator():
        newest[each.person_id, each.purpose] = each
    guardians = dict(table["Person"].objects.filter(child=True).values_list("pk", "guardian"))
    fields: dict[int, list[str]] = {}
    for person, channel in table["Contact"].objects.filter(replaced_at=None).values_list("person", "channel"):
        fields.setdefault(person, []).append(channel)
    made: dict[tuple[int, str, str], Model] = {}
    for each in newest.values():
        owner = guardians.get(each.person_id) or each.person_id
        for field in fields.get(owner, ()) if each.given else ():
            made.setdefault(
                (owner, field, each.purpose),
                table["Use"](
                    person_id=owner,
                    field=field,
                    purpose=each.purpose,
                    given=True,
                    text_version=each.text_version,
                    by=each.by,
                    at=each.at,
                ),
            )
    table["Use"].objects.bulk_create(made.values(), batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("people", "0009_uses_of_fields")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
