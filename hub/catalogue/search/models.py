"""Store the search tokens of each title; the database keeps an index of them."""

from django.db import models


class SearchEntry(models.Model):
    """The tokens of a title in order, separated by spaces. A migration creates the index on `words`."""

    title = models.OneToOneField("catalogue.Title", models.CASCADE, primary_key=True, related_name="search_entry")
    words = models.TextField()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return str(self.words)[:60]
