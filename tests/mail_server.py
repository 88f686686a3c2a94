"""A mail server of the tests' own: takes what is sent to it over SMTP, or refuses as told."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread


@dataclass
class Taken:
    """What the server took: for whom, and the messages; `refuses` are addresses that it does not know."""

    port: int = 0
    to: list[str] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    taken: Taken


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 test")
        for line in self.rfile:
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            if verb.upper() == "DATA":
                self._say("354 go on")
                self._take()
            self._say(self._answer(verb.upper(), rest))
            if verb.upper() == "QUIT":
                return

    def _answer(self, verb: str, rest: str) -> str:
        if verb != "RCPT":
            return "221 bye" if verb == "QUIT" else "250 ok"
        address = rest.partition("<")[2].partition(">")[0]
        if address in self.server.taken.refuses:
            return "550 nobody of this name"
        self.server.taken.to.append(address)
        return "250 ok"

    def _take(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        text = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
        self.server.taken.messages.append(message_from_bytes(text, policy=policy.default))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")


@contextmanager
def mail_server(port: int = 0) -> Iterator[Taken]:
    """A server at 127.0.0.1 on a free port (or this one) while the block runs."""
    with _Server(("127.0.0.1", port), _Conversation) as server:
        server.taken = Taken(int(server.server_address[1]))
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.taken
        finally:
            server.shutdown()
            thread.join()
