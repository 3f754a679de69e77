"""Test the TLS connection to a SIP2 server on another machine: encrypted and authenticated."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import CentralUnavailable
from kiosk.config import load
from kiosk.config.central import Sip2Central
from kiosk.visit_player.proxy import serving
from kiosk.wiring.sip2_connections import open_sip2
from tests.kiosk.config.sip2_test import written
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.sip2.client_test import System

NAME = "sip.example.org"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pem = tmp_path_factory.mktemp("tls") / "sip.pem"
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", pem, "-days", "2")
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    subprocess.run([*command, *subject], check=True, capture_output=True)
    return pem


@asynccontextmanager
async def tls_proxy(port: int, certificate: Path) -> AsyncIterator[int]:
    """TLS proxy in front of a plain server, like stunnel; yields its port."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, system = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(forward(reader, system), forward(answers, writer), return_exceptions=True)

    async with serving(serve, tls) as listening:
        yield listening


async def connect(folder: Path, host: str, port: int, authority: Path | None) -> None:
    trust: dict[str, Any] = {"authority": str(authority)} if authority else {}
    config = load(written(folder, host=host, **trust))
    assert isinstance(config.central, Sip2Central)
    section = config.central.model_copy(update={"user": "kiosk", "password_file": folder / "word"})
    (folder / "word").touch(mode=0o600)
    (folder / "word").write_text("word\n")
    central = open_sip2(config, section, ("127.0.0.1", port), lambda: NOON)
    try:
        await central.ping()
    finally:
        central.close()


@run_async
async def test_certificate_with_the_right_name_is_accepted(system: System, tmp_path: Path, certificate: Path) -> None:
    async with tls_proxy(system.port, certificate) as port:
        await connect(tmp_path, NAME, port, certificate)


@pytest.mark.sip2_fact("G29")
@run_async
async def test_certificate_with_another_name_is_rejected(system: System, tmp_path: Path, certificate: Path) -> None:
    async with tls_proxy(system.port, certificate) as port:
        with pytest.raises(CentralUnavailable, match="tls_failed"):
            await connect(tmp_path, "other.example.org", port, certificate)


@pytest.mark.sip2_fact("G29")
@run_async
async def test_untrusted_certificate_is_rejected(system: System, tmp_path: Path, certificate: Path) -> None:
    async with tls_proxy(system.port, certificate) as port:
        with pytest.raises(CentralUnavailable, match="tls_failed"):
            await connect(tmp_path, NAME, port, None)


@pytest.mark.sip2_fact("G29")
@run_async
async def test_unencrypted_server_receives_no_credentials(system: System, tmp_path: Path, certificate: Path) -> None:
    received: list[str] = []
    assert system.simulator is not None
    system.simulator.log = received.append
    with pytest.raises(CentralUnavailable):
        await connect(tmp_path, NAME, system.port, certificate)
    assert not any("kiosk" in each or "word" in each for each in received)
