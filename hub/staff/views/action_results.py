"""What the buttons of staff pages share: do it, say it with its undo, and go back; decides nothing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from hub.staff.refusals import refusal
from lending.model import Block


def said(request: HttpRequest, words: str, home: str, undo: str = "") -> HttpResponse:
    """Says that it is done, with a button that posts to `undo`."""
    messages.success(request, words, extra_tags=undo)
    return back(request, home)


def refused(request: HttpRequest, block: Block, home: str) -> HttpResponse:
    """Says what was not done, and what to do next."""
    words = refusal(block)
    return faulty(request, f"{words.what}. {words.then}", home)


def faulty(request: HttpRequest, words: str, home: str) -> HttpResponse:
    messages.error(request, words)
    return back(request, home)


def back(request: HttpRequest, home: str) -> HttpResponse:
    """Goes back to the page that the button stood on, else to `home`."""
    url = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return redirect(url)
    return redirect(home)
