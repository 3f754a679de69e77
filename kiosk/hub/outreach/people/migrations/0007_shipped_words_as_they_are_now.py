"""Words that the product came with follow it where the library has none of its own; nobody's yes is touched."""

from django.db import migrations
from django.db.models import Model
from django.utils import timezone

from kiosk.hub.outreach.people.consent_texts import SHIPPED

FORMER = {
    (
        "reminders",
        "图书馆可以根据您以往的还书习惯，在合适的时间提醒您还书。只使用借阅天数，不使用书名。您随时可以关闭。",
        "The library may remind you at the time that suits your habit. It uses only how long you keep books, never "
        "which. You can switch this off at any time.",
    ),
    (
        "history",
        "图书馆可以保留您最近借过的书目，供您自己查看。不同意时，图书归还后不再保留书名。您随时可以关闭并删除。",
        "The library may keep the titles that you borrowed last, for you to look at. Without this no title is kept "
        "after its return. You can switch it off and have them deleted at any time.",
    ),
    (
        "history",
        "图书馆可以保留您最近借过的书目，供您自己查看。馆员只在您本人持证到服务台时，或应您要求导出资料时才能看到这些书名，"
        "每次查看都有记录。不同意时，图书归还后不再保留书名。您随时可以关闭并删除。",
        "The library may keep the titles that you borrowed last, for you to look at. Staff see them only while your "
        "card is at the desk, or when you ask for a copy of your data; each look is recorded. Without this no title is "
        "kept after its return. You can switch it off and have them deleted at any time.",
    ),
}
"""By purpose, in Chinese and English."""


def follow(apps: object, _editor: object) -> None:
    """A version that is taken already was the library's own: then the first one after it that is free."""
    texts: type[Model] = apps.get_model("people", "ConsentText")  # type: ignore[attr-defined]
    for purpose in sorted({purpose for purpose, _chinese, _english in FORMER}):
        words = texts.objects.filter(purpose=purpose)
        newest = words.order_by("-since", "-id").first()
        if newest is None or (purpose, newest.chinese, newest.english) not in FORMER:
            continue
        version, chinese, english = SHIPPED[purpose]
        taken, number = set(words.values_list("version", flat=True)), 1
        while version in taken:
            number += 1
            version = f"{SHIPPED[purpose][0]}.{number}"
        texts.objects.create(purpose=purpose, version=version, chinese=chinese, english=english, since=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("people", "0006_saved_searches")]

    operations = [migrations.RunPython(follow, migrations.RunPython.noop)]
