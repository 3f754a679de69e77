"""Which transactions have been taken in, so that one that comes again is not taken twice; never what was in them."""

from django.db import models


class Intake(models.Model):
    """The id of a transaction from a kiosk or a phone. No other row of this part names it."""

    id = models.CharField(primary_key=True, max_length=80)

    def __str__(self) -> str:
        return str(self.id)
