"""Wrong sign-ins of late, so that nobody guesses a password; never keeps a name, an address or a password."""

from django.db import models


class WrongSignIn(models.Model):
    """One wrong sign-in, kept by the keyed hash of the name that was typed, and once more by that of the address."""

    who = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("who", "at")),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
