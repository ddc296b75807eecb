"""What stands between a visitor and a server, and passes on what they say."""

import contextlib
import socket
import threading


class Relay:
    """Stands at a port before a server, and can be taken away; port 0 is a free one."""

    def __init__(self, behind: int, port: int = 0, *, host: str = "127.0.0.1") -> None:
        self._behind = (host, behind)
        self._open: list[socket.socket] = []
        self.port = port
        self.back()

    def back(self) -> None:
        """Be there, at the port of before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def away(self) -> None:
        """Take no connection and end those that there are."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                try:
                    there = socket.create_connection(self._behind)
                except OSError:  # nobody is there any more
                    here.close()
                    continue
                self._open += [here, there]
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := one.recv(65536):
                other.sendall(said)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
