"""Provide a patron's mailbox on loopback, and the channels.toml that leads to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.patience import PATIENCE

SENDER = "湖滨图书馆 <library@library.example>"


@dataclass
class Mailbox:
    """SMTP server that stores received mails; `answers` holds responses by address, `down` one for every sender."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    down: str = ""
    after_data: str = ""

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, host: str, answers: Any) -> Any:
        self.connections += 1
        session.host_name = host
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.down:
            return self.down
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.after_data:
            return self.after_data
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def subjects(self) -> list[str]:
        return [str(each["Subject"]).strip() for each in self.mails]


class OnAnyPort(Controller):
    """SMTP controller on 127.0.0.1 that reads its assigned port before the readiness check."""

    def __init__(self, box: Mailbox, password: str = "") -> None:
        login: dict[str, Any] = {}
        if password:
            login = {"auth_required": True, "auth_require_tls": False, "authenticator": _only(password)}
        super().__init__(box, hostname="127.0.0.1", port=0, ready_timeout=PATIENCE, **login)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _only(password: str) -> Callable[..., AuthResult]:
    def is_right(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        is_same = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=is_same, handled=False)

    return is_right


@contextlib.contextmanager
def mail_server(password: str = "") -> Iterator[Mailbox]:
    """Run a mail server that stores its mails, and wants this password if there is one."""
    box = Mailbox()
    server = OnAnyPort(box, password)
    server.start()
    box.port = server.port
    try:
        yield box
    finally:
        server.stop()


@contextlib.contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Run a mail server, and write the channels.toml that names it."""
    from django.conf import settings

    from hub.outreach.messaging.settings import FILE

    path = Path(settings.STATE) / FILE
    before = path.read_bytes() if path.exists() else None
    try:
        with mail_server() as box:
            server = f'host = "127.0.0.1"\nport = {box.port}\ntimeout = 30\n'
            path.write_text(f'[mail]\nsender = "{SENDER}"\n{server}', encoding="utf-8")
            yield box
    finally:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(before)


def body(mail: EmailMessage, form: str = "plain") -> str:
    """Return the text of one form of the mail."""
    part = mail.get_body((form,))
    assert part is not None
    return str(part.get_content())
