"""Store the order of the questions after a visit, and when a patron was last asked each kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LastAsked(models.Model):
    """When a patron was last asked a kind of question at the end of a visit, answered or not."""

    person = models.ForeignKey("patrons.Person", models.CASCADE, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=32)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("asked")
        verbose_name_plural = _("asked")
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="asked_once"),)


class Asking(models.Model):
    """Order of the questions after a visit; kinds left out are not asked. Without a row `USUAL` applies."""

    USUAL = ("message", "contact", "channel", "face", "questionnaire", "pick")
    ALWAYS = frozenset({"message"})
    """Kinds shown whenever they are due: replies that the library owes the patron."""

    kinds = models.JSONField(_("kinds"), default=list)

    class Meta:
        verbose_name = _("order of questions")
        verbose_name_plural = _("order of questions")

    @classmethod
    def order(cls) -> list[str]:
        """Return the kinds of questions in the library's order."""
        chosen = cls.objects.first()
        return [each for each in (chosen.kinds if chosen else cls.USUAL) if each in cls.USUAL]

    @classmethod
    def keep(cls, kinds: list[str]) -> None:
        """Save the order of the questions."""
        chosen = cls.objects.first() or cls()
        chosen.kinds = kinds
        chosen.save()
