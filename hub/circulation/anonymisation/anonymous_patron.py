"""Provide the anonymous patron rows that replace the borrower of loans past their retention period."""

from hub.circulation.models import Patron

NUMBER = "erased-"
"""Prefix of the identifier of an anonymous patron."""


def anonymous_patron_of(category: int) -> Patron:
    """Return the anonymous patron of a patron category.

    There is one for each category: statistics by category stay correct, and the row's loans are those of many people.
    """
    anonymous, _made = Patron.objects.get_or_create(
        identifier=f"{NUMBER}{category}",
        defaults={"name": "", "category_id": category, "status": Patron.Status.BLOCKED},
    )
    return anonymous
