"""Store wrong sign-ins, the desk's recent answers and the branches where staff work."""

from django.conf import settings
from django.db import models

from hub.catalogue.models import Branch


class WrongSignIn(models.Model):
    """One wrong sign-in: one row by the keyed hash of the name, another by that of the address."""

    who = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("who", "at")),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class WorksAt(models.Model):
    """A member of staff works at this branch, so lists and tasks show its rows first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "branch"), name="works_there_once"),)

    def __str__(self) -> str:
        return str(self.branch)


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
