"""Store how far the event feed has been read."""

from django.db import models


class FeedPosition(models.Model):
    """Number of the last event that every consumer has taken. Its one row is the lock of the feed reader."""

    last = models.PositiveBigIntegerField(default=0)
