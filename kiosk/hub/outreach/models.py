"""How far the feed has been read; nothing of what was in it."""

from django.db import models


class Position(models.Model):
    """The number of the last event that every part has taken; its one row is the reader's lock."""

    last = models.PositiveBigIntegerField(default=0)
