"""What staff pages remember for a while: wrong sign-ins, and the desk's answers; never a password or a whole name."""

from django.conf import settings
from django.db import models


class WrongSignIn(models.Model):
    """One wrong sign-in, kept by the keyed hash of the name that was typed, and once more by that of the address."""

    who = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("who", "at")),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class DeskAnswer(models.Model):
    """What the desk answered to an entry, so that one which is sent again is not done again. Kept for a day.

    Only the member of staff who made the entry is told it again.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)
