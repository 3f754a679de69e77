"""The classes and subjects of a title as codes, and their names; keeps nothing."""

import re

from django.utils.translation import gettext as _

from kiosk.hub.catalogue.models import Title
from kiosk.hub.outreach.reading.recommender.words import Text

CHINESE, DEWEY = re.compile(r"([A-Z]{1,2})(\d{0,3})"), re.compile(r"\d{3}")
COLUMNS = ("pk", "title", "subtitle", "author", "clc", "dewey", "call_number", "subject", "year")


def codes(title: Title) -> tuple[str, ...]:
    """The class, which is broad, and the subject, which is finer: I and I247, or 8 and 813."""
    for number in (title.clc, title.dewey, title.call_number):
        if found := DEWEY.match(number):
            return tuple(dict.fromkeys((found[0][0], found[0])))
        if (found := CHINESE.match(number)) and (found[2] or number is title.clc):
            return tuple(dict.fromkeys((found[1][0], found[0])))
    return (title.subject[:1],) if title.subject else ()


def text(title: Title) -> Text:
    """What the recommender reads of a title."""
    return Text(f"{title.title} {title.subtitle}", title.author, codes(title), title.year)


def known(code: str) -> bool:
    """Whether it is a class or a subject at all."""
    return code[:1] in names() and bool(re.fullmatch(r"[A-Z]{1,2}\d{0,3}|\d|\d{3}", code))


def label(code: str) -> str:
    """Its name; a finer one is named by its class, with the number behind."""
    name = names().get(code[:1], code)
    return name if len(code) == 1 else _("{name} ({code})").format(name=name, code=code)


def names() -> dict[str, str]:
    """The classes of Dewey and of 中图法."""
    return {
        "0": _("General and computing"),
        "1": _("Philosophy and psychology"),
        "2": _("Religion"),
        "3": _("Social sciences"),
        "4": _("Language"),
        "5": _("Natural sciences"),
        "6": _("Technology and medicine"),
        "7": _("Arts and sport"),
        "8": _("Literature"),
        "9": _("History and geography"),
        "A": _("Marxism, Leninism"),
        "B": _("Philosophy and religion"),
        "C": _("Social sciences in general"),
        "D": _("Politics and law"),
        "E": _("Military"),
        "F": _("Economics"),
        "G": _("Culture, education, sport"),
        "H": _("Languages"),
        "I": _("Literature"),
        "J": _("Art"),
        "K": _("History and geography"),
        "N": _("Science in general"),
        "O": _("Mathematics, physics, chemistry"),
        "P": _("Astronomy and earth"),
        "Q": _("Biology"),
        "R": _("Medicine and health"),
        "S": _("Agriculture"),
        "T": _("Technology"),
        "U": _("Transport"),
        "V": _("Aviation and space"),
        "X": _("Environment"),
        "Z": _("General works"),
    }
