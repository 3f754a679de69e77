"""Store the desk's recent answers, what was printed or mailed, and what was counted in the tills."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from hub.circulation.models import Payment


class DeskAnswer(models.Model):
    """The desk's answer to an entry, so that a repeated request does not repeat the operation.

    Kept for a day. Only the member of staff who made the entry receives it again.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


def erase_answers(ref: str, **_kwargs: object) -> None:
    """Delete the answers that name a patron, by the patron's pseudonym."""
    answers = DeskAnswer.objects.annotate(text=Cast("answer", models.TextField()))
    answers.filter(text__contains=ref).delete()


class PrintRun(models.Model):
    """Slips or letters that were printed together."""

    class Kind(models.TextChoices):
        SLIPS = "slips"
        LETTERS = "letters"

    id = models.UUIDField(primary_key=True, default=uuid4)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField(db_index=True)
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Letter(models.Model):
    """A message that was printed as a letter."""

    run = models.ForeignKey(PrintRun, models.CASCADE, related_name="letters")
    message = models.OneToOneField("messaging.Message", models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.pk)


class HoldSlip(models.Model):
    """A hold's slip was printed for this item."""

    run = models.ForeignKey(PrintRun, models.CASCADE, related_name="slips")
    hold = models.ForeignKey("circulation.Hold", models.CASCADE, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("hold", "item"), name="staff_holdslip_hold_item_unique"),)

    def __str__(self) -> str:
        return str(self.pk)


class ReportMail(models.Model):
    """A report that is mailed to an address once a month, for the month before.

    `sent_for` is the first day of the last month that was mailed, `fault` the code of why the last attempt failed.
    """

    report = models.CharField(max_length=20)
    split = models.CharField(max_length=20, blank=True)
    branch = models.ForeignKey("catalogue.Branch", models.CASCADE, null=True, related_name="+")
    address = models.EmailField()
    language = models.CharField(max_length=10)
    by = models.CharField(max_length=150)
    sent_for = models.DateField(null=True)
    fault = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("address", "pk")

    def __str__(self) -> str:
        return f"{self.report} {self.pk}"


class TillCount(models.Model):
    """What a member of staff counted at one desk for one day and means of payment.

    A correction is a row of its own, so that the earlier count can still be seen; the last one is valid.
    """

    day = models.DateField(db_index=True)
    branch = models.ForeignKey("catalogue.Branch", models.PROTECT, related_name="+")
    desk = models.CharField(max_length=40, blank=True)
    """Name of the desk; empty for the till of the branch."""
    means = models.CharField(max_length=8, choices=Payment.Means.choices)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.day} {self.means} {self.amount}"
