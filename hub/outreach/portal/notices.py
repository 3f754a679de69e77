"""Report on the next page what was done, with a way to undo it, or in the row that it concerns."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

ROW = "row"


def report_saved(request: HttpRequest, text: str, undo: str = "", **fields: str) -> None:
    """Report success on the next page.

    Args:
        request: Request that did it.
        text: What was done.
        undo: URL whose POST restores the former state; without it no undo is offered.
        fields: Form fields of that POST.
    """
    messages.success(request, text, extra_tags=f"{undo}?{urlencode(fields)}" if undo else "")


def in_row(request: HttpRequest, row: str, text: str, *, done: bool) -> None:
    """Report an outcome in this row of the next page."""
    messages.add_message(request, messages.SUCCESS if done else messages.ERROR, text, extra_tags=f"{ROW} {row}")


def of_rows(request: HttpRequest) -> dict[str, Message]:
    """Return the messages for rows of this page, by row."""
    found = [(each.extra_tags.split(" ", 1), each) for each in messages.get_messages(request) if each.extra_tags]
    return {tags[1]: each for tags, each in found if tags[0] == ROW}
