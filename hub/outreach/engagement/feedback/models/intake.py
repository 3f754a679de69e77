"""Store the ids of accepted transactions, so that a repeated one is not stored twice."""

from django.db import models


class Intake(models.Model):
    """The id of a transaction from a kiosk or phone. No other row of the feedback refers to it."""

    id = models.CharField(primary_key=True, max_length=80)

    def __str__(self) -> str:
        return str(self.id)
