"""Test that the XML parser refuses document types in every encoding, so that no entity is expanded."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hub.catalogue import marc, oai
from hub.outreach.messaging.channels.wechat import encrypted_callback

ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]>'
BOMB = f'<?xml version="1.0"?>{ENTITIES}<collection><record>&c;</record></collection>'
ENCODINGS = pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])


@ENCODINGS
def test_a_harvest_reads_none(encoding: str) -> None:
    with pytest.raises(oai.HarvestFailed, match="document type"):
        oai._read("https://example.org", BOMB.encode(encoding))


@ENCODINGS
def test_a_file_of_records_has_none(encoding: str) -> None:
    found: list[Any] = list(marc._from_xml(io.BytesIO(BOMB.encode(encoding))))
    assert found == ["the file has a document type, which no MARCXML has"]


@ENCODINGS
def test_a_letter_from_wechat_has_none(encoding: str) -> None:
    with pytest.raises(encrypted_callback.CallbackRejected, match="not_xml"):
        encrypted_callback._fields(BOMB.encode(encoding))


def test_what_has_none_is_read() -> None:
    assert oai._read("https://example.org", "<a/>".encode("utf-16")).tag == "a"
    assert encrypted_callback._fields(b"<xml><A>1</A></xml>") == {"A": "1"}
