"""Test what the hub logs of failures: place and kind, only the place for other libraries, no mail."""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils.log import log_response

from hub.core.hub_log import HubFormatter
from tests.hub.support.world import World

SECRET = "Ada Sample"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return a stream that receives the log in the hub's format."""
    root, output = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(HubFormatter())
    root.addHandler(handler)
    yield output
    root.removeHandler(handler)


def failure() -> IntegrityError:
    with pytest.raises(IntegrityError) as raised:
        raise IntegrityError(f"DETAIL: Key (name)=({SECRET}) already exists.")
    return raised.value


def test_other_libraries_log_only_their_place(stream: io.StringIO) -> None:
    log = logging.getLogger("gunicorn.error")
    log.error("Exception while serving /%s", SECRET, exc_info=failure())
    log.error(f"{SECRET} once more")
    text = stream.getvalue()
    assert SECRET not in text
    assert text.count("ERROR gunicorn.error: hub/core/hub_log_test.py:") == 2
    assert "in test_other_libraries_log_only_their_place" in text
    assert "in failure" in text
    assert "django.db.utils.IntegrityError\n" in text


def test_own_messages_are_logged_without_exception_texts(stream: io.StringIO) -> None:
    error = type("CannotDo", (Exception,), {"__module__": "hub.core.django_setup"})(SECRET)
    logging.getLogger("hub.fleet").warning("kiosk %s is silent", "front", exc_info=error)
    text = stream.getvalue()
    assert "WARNING hub.fleet: kiosk front is silent" in text
    assert "hub.core.django_setup.CannotDo" in text
    assert SECRET not in text


def test_failed_request_is_logged_by_its_url_pattern(stream: io.StringIO) -> None:
    request = RequestFactory().get(f"/staff/receipts/{'ab' * 3}/")
    request.resolver_match = resolve(request.path)
    log_response("%s: %s", "Error", request.path, request=request, response=HttpResponse(status=500))
    assert "500 at staff/receipts/<slug:code>/" in stream.getvalue()
    assert "abab" not in stream.getvalue()


def test_record_formatted_by_another_handler_is_formatted_again(stream: io.StringIO) -> None:
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "/a/b/c.py", 7, SECRET, (), None, "served", SECRET)
    record.exc_text = SECRET
    text = HubFormatter().format(record)
    assert text.endswith("ERROR gunicorn.error: a/b/c.py:7 in served")
    assert record.getMessage() == SECRET, "the record itself is unchanged"


def test_every_handler_uses_this_formatter_and_none_sends_mail() -> None:
    assert settings.ADMINS == settings.MANAGERS == []
    loggers = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]
    found = {handler for logger in loggers for handler in logger.handlers}
    assert not any("Email" in type(handler).__name__ for handler in found)
    assert logging.getLogger("django").handlers == logging.getLogger("django.server").handlers == []
    config = settings.LOGGING
    assert config["formatters"] == {"line": {"()": "hub.core.hub_log.HubFormatter"}}
    assert {handler["formatter"] for handler in config["handlers"].values()} == {"line"}


def test_error_response_contains_no_exception_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise failure()

    monkeypatch.setattr("hub.circulation.api.item_by", fails)
    client = world.client()
    client.raise_request_exception = False
    answer = client.get(f"/api/v1/items/{world.dune.barcode}")
    assert answer.status_code == 500
    assert SECRET.encode() not in answer.content
    assert Client(raise_request_exception=False).get("/api/v1/health").status_code == 200
