"""What each title is found by, as tokens; the database keeps its own index of it."""

from django.db import models

from hub.catalogue.models import Title


class Entry(models.Model):
    """The tokens of a title, in order and parted by blanks. The migration makes an index on `words`."""

    title = models.OneToOneField(Title, models.CASCADE, primary_key=True, related_name="search_entry")
    words = models.TextField()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return str(self.words)[:60]
