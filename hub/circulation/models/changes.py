"""Store which parts of the kiosks' snapshots have changed: the latest change of each, without history."""

from django.db import models


class UnnumberedChange(models.Model):
    """A change that has no number yet. Database triggers insert these rows without waiting for a lock.

    `what` is the key of a card or an item, or the primary key of a patron, title or item that affects several of them.
    The kind `title` affects the items of a title, `work` the title's entry in the search.
    """

    kind = models.CharField(max_length=8)
    what = models.CharField(max_length=64)


class SnapshotChange(models.Model):
    """The latest change of a card, item, title, the policy or the floors, with its number.

    A deleted card, item or title keeps its row, because kiosks must be notified of the deletion.
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
        constraints = (
            models.UniqueConstraint(fields=("kind", "what"), name="circulation_snapshotchange_kind_what_unique"),
        )
        indexes = (models.Index(fields=("number", "id")),)


class PolicyMark(models.Model):
    """Identifies the current policy by a token that changes with each change of the policy's tables.

    The table has one row. The token is random and never repeats, even after a rollback or a restore. Triggers write it.
    """

    token = models.CharField(max_length=36)


class ChangeMark(models.Model):
    """A moment up to which changes were numbered. After a restore the hub lacks the later marks.

    `token` is random, so that no two hubs, and no two histories of one hub, issue the same mark.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    token = models.CharField(max_length=16)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("number",)
