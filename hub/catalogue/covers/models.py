"""Store what a search for a title's cover has found, and when the providers are asked again."""

from enum import StrEnum

from django.db import models


class Result(StrEnum):
    """Result of a search."""

    FOUND = "found"
    NONE = "none"
    UNUSABLE = "unusable"
    """A provider sent something that is no cover."""
    UNAVAILABLE = "unavailable"
    """A provider did not answer, and no other one has a cover."""
    DROPPED = "dropped"
    """The picture was deleted, because the store was full and it was not used, or it was missing."""


class CoverSearch(models.Model):
    """The last search for the cover of a title. `catalogue.Title.cover` names the picture."""

    title = models.OneToOneField("catalogue.Title", models.CASCADE, primary_key=True, related_name="cover_search")
    result = models.CharField(max_length=12)
    provider = models.CharField(max_length=32, blank=True)
    """Name of the provider of the picture; empty without one."""
    asked_at = models.DateTimeField()
    again_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.title_id} {self.result}"
