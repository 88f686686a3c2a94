"""Sending a text by mail, through the server that the operator names."""

import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from server.settings import Mail

_PATIENCE_S = 30


class MailError(Exception):
    """Some addresses did not get it; the text says how many, not which."""


def send(mail: Mail, to: Sequence[str], subject: str, body: str, now: datetime) -> frozenset[str]:
    """Returns the addresses that the server took it for. Raises an SMTPException where the server takes
    nothing at all, or an OSError where it is not there."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, mail.sender, ", ".join(to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    message.set_content(body)
    with _connected(mail) as server:
        if mail.user:
            server.login(mail.user, mail.password)
        try:
            refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused:  # each of them
            return frozenset()
    return frozenset(to) - refused.keys()


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_PATIENCE_S, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=_PATIENCE_S)
    try:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
    except BaseException:
        server.close()
        raise
    return server
