"""How far the feed has been read, and what patrons were asked after a visit; nothing of what was answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Position(models.Model):
    """The number of the last event that every part has taken; its one row is the reader's lock."""

    last = models.PositiveBigIntegerField(default=0)


class LastAsked(models.Model):
    """When a patron was last asked something of a kind at the end of a visit, whether she answered or not."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=32)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("asked")
        verbose_name_plural = _("asked")
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="asked_once"),)


class Asking(models.Model):
    """In which order patrons are asked after a visit; what is not in it is not asked. Without a row it is the usual."""

    USUAL = ("message", "contact", "channel", "face", "questionnaire", "pick")
    ALWAYS = frozenset({"message"})
    """What the library owes her is shown whenever there is any."""

    kinds = models.JSONField(_("kinds"), default=list)

    class Meta:
        verbose_name = _("order of questions")
        verbose_name_plural = _("order of questions")

    @classmethod
    def order(cls) -> list[str]:
        chosen = cls.objects.first()
        return [each for each in (chosen.kinds if chosen else cls.USUAL) if each in cls.USUAL]

    @classmethod
    def keep(cls, kinds: list[str]) -> None:
        chosen = cls.objects.first() or cls()
        chosen.kinds = kinds
        chosen.save()
