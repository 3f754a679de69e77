"""Send mail by SMTP, many messages over one connection."""

import smtplib
import ssl
from email.mime.image import MIMEImage
from email.utils import parseaddr
from types import TracebackType

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess, Transport
from hub.outreach.messaging.rendering import LOGO_CID
from hub.outreach.messaging.settings import Mail

NO_SUCH_ADDRESS = frozenset({550, 551, 553})
"""RFC 5321: mailbox unavailable, user not local, mailbox name not allowed."""


class MailTransport(Transport):
    """One connection, opened for the first letter and again after the server has closed it."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._domain = parseaddr(mail.sender)[1].rpartition("@")[2] or "localhost"
        self._server = EmailBackend(
            host=mail.host,
            port=mail.port,
            username=mail.user,
            password=mail.password,
            use_tls=mail.security == "starttls",
            use_ssl=mail.security == "tls",
            timeout=int(mail.timeout),
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, letter: Letter) -> Outcome:
        failed = self._connect()
        if failed is not None:
            self._hang_up()
        return failed or self._submit(letter)

    def _connect(self) -> SendFailure | None:
        try:
            self._server.open()
        except smtplib.SMTPAuthenticationError as error:
            return SendFailure("mail_login", _words(error.smtp_error), everybody=True)
        except smtplib.SMTPException as error:
            return SendFailure("mail_server", str(error), everybody=True)
        except ssl.SSLError as error:
            return SendFailure("mail_tls", str(error), everybody=True)
        except OSError as error:
            return SendFailure("mail_unreachable", str(error), everybody=True)
        return None

    def _submit(self, letter: Letter) -> Outcome:
        try:
            self._server.send_messages([self._message(letter)])
        except smtplib.SMTPRecipientsRefused as error:
            return _smtp_failure(*next(iter(error.recipients.values())))
        except smtplib.SMTPSenderRefused as error:
            self._hang_up()
            words, busy = _words(error.smtp_error), error.smtp_code < 500
            return SendFailure("mail_later", words) if busy else SendFailure("mail_sender", words, everybody=True)
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            words = _words(error.smtp_error)
            return (
                PermanentRefusal("mail_refused", words) if error.smtp_code >= 500 else SendFailure("mail_later", words)
            )
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return SendFailure("mail_cut_off", str(error))
        return SendSuccess(f"<{letter.key}@{self._domain}>")

    def _message(self, letter: Letter) -> EmailMultiAlternatives:
        words = letter.words
        headers = {
            "Message-ID": f"<{letter.key}@{self._domain}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": words.language,
        }
        if letter.stop:
            headers["List-Unsubscribe"] = f"<{letter.stop}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message = EmailMultiAlternatives(
            " ".join(words.subject.split()),
            words.long,
            self._mail.sender,
            [letter.address],
            headers=headers,
            reply_to=[self._mail.reply_to] if self._mail.reply_to else None,
        )
        message.attach_alternative(words.html, "text/html")
        pictures = [(each.cid, each.jpeg, "jpeg") for each in words.covers]
        if words.logo:
            pictures.append((LOGO_CID, words.logo, "png"))
        for cid, data, subtype in pictures:
            picture = MIMEImage(data, subtype)
            picture.add_header("Content-ID", f"<{cid}>")
            picture.add_header("Content-Disposition", "inline", filename=f"{cid.partition('@')[0]}.{subtype}")
            message.attach(picture)
        if pictures:
            message.mixed_subtype = "related"
        for file in letter.attachments:
            message.attach(file.name, file.data, file.media_type)
        return message

    def _hang_up(self) -> None:
        try:
            self._server.close()
        except (smtplib.SMTPException, OSError):
            self._server.connection = None


def _smtp_failure(code: int, reply: bytes | str) -> Outcome:
    words = _words(reply)
    if code < 500:
        return SendFailure("mail_later", words)
    return PermanentRefusal(
        "mail_no_such_address" if code in NO_SUCH_ADDRESS else "mail_refused", words, code in NO_SUCH_ADDRESS
    )


def _words(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
