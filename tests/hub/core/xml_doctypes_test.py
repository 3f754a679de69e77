"""Test that the XML parser refuses document types in every encoding, so that no entity is expanded."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hub.catalogue import marc, oai
from hub.outreach.messaging import callbacks

ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]>'
BOMB = f'<?xml version="1.0"?>{ENTITIES}<collection><record>&c;</record></collection>'
ENCODINGS = pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])


@ENCODINGS
def test_harvest_refuses_a_document_type(encoding: str) -> None:
    with pytest.raises(oai.HarvestFailed, match="document type"):
        oai._read("https://example.org", BOMB.encode(encoding))


@ENCODINGS
def test_marcxml_file_with_a_document_type_is_bad(encoding: str) -> None:
    found: list[Any] = list(marc._from_xml(io.BytesIO(BOMB.encode(encoding))))
    assert found == ["the file has a document type, which no MARCXML has"]


@ENCODINGS
def test_wechat_callback_with_a_document_type_is_refused(encoding: str) -> None:
    with pytest.raises(callbacks.CallbackRejected, match="not_xml"):
        callbacks._fields(BOMB.encode(encoding))


def test_xml_without_a_document_type_is_parsed() -> None:
    assert oai._read("https://example.org", "<a/>".encode("utf-16")).tag == "a"
    assert callbacks._fields(b"<xml><A>1</A></xml>") == {"A": "1"}
