"""What has changed of the things that kiosks are told; keeps the newest change of each and no history."""

from django.db import models


class UnnumberedChange(models.Model):
    """Something was written that no kiosk could hear of yet. Triggers of the database add rows and wait for nobody.

    `what` is the key of a card or an item, or the row of a patron, title or copy behind several of them. A `title` is
    its copies, a `work` is the title as it is found.
    """

    kind = models.CharField(max_length=8)
    what = models.CharField(max_length=64)


class SnapshotChange(models.Model):
    """The newest change of a card, an item, a title, the rules or the floors, with the number under which it is told.

    A thing that is gone keeps its row: that it is gone is told too.
    """

    class Kind(models.TextChoices):
        CARD = "card"
        ITEM = "item"
        POLICY = "policy"
        TITLE = "title"
        FLOORS = "floors"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    what = models.CharField(max_length=64)
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "what"), name="newest_change_of_each"),)
        indexes = (models.Index(fields=("number", "id")),)


class PolicyMark(models.Model):
    """Names the rules as they are now: its one row has another token after each change of what the policy is read from.

    The token is chance and never comes again, whatever is rolled back or restored. Triggers write it.
    """

    token = models.CharField(max_length=36)


class ChangeMark(models.Model):
    """A moment up to which changes were numbered. A hub that was restored does not know the marks that came later.

    `token` is chance, so that no two hubs, and no two pasts of one hub, ever give the same mark.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    token = models.CharField(max_length=16)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("number",)
