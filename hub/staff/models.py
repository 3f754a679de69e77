"""Store the desk's recent answers."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast


class DeskAnswer(models.Model):
    """The desk's answer to an entry, so that a repeated request does not repeat the operation.

    Kept for a day. Only the member of staff who made the entry receives it again.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


def erase_answers(ref: str, **_kwargs: object) -> None:
    """Delete the answers that name a patron, by the patron's pseudonym."""
    answers = DeskAnswer.objects.annotate(text=Cast("answer", models.TextField()))
    answers.filter(text__contains=ref).delete()
