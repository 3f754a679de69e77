"""Store ratings of returned titles as counts, without person, branch or day."""

from django.db import models
from django.db.models import Q

from hub.catalogue.models import Title
from lending.title_rating import FACES


class TitleRating(models.Model):
    """How often one of three smileys was touched for a title in a month, given by its first day."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="+")
    month = models.DateField()
    face = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("title", "month", "face"), name="how_it_was_once"),
            models.CheckConstraint(condition=Q(face__in=[int(each) for each in FACES]), name="one_of_three_faces"),
        )

    def __str__(self) -> str:
        return f"{self.title_id} {self.month} {self.face}"
