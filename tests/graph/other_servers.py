"""Servers that are not what they should be: an old Neo4j, one that says nothing, one that speaks HTTP."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on loopback that gives each connection to `answer`; yields its address for Bolt."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                answer(connection)

        def accept() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"bolt://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def speak_http(connection: socket.socket) -> None:
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def know_no_version(connection: socket.socket) -> None:
    """What a Neo4j answers to a driver whose versions of Bolt it does not know."""
    connection.recv(20)
    connection.sendall(bytes(4))


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(1000):
        pass


def old_neo4j(connection: socket.socket) -> None:
    """A Neo4j 4.4, as far as its greeting."""
    connection.recv(20)
    connection.sendall(bytes([0, 0, 4, 4]))
    told = {"server": "Neo4j/4.4.11", "connection_id": "bolt-1"}
    while _message(connection):
        packed = b"".join(bytes([0x80 | len(text)]) + text.encode() for pair in told.items() for text in pair)
        success = bytes([0xB1, 0x70, 0xA0 | len(told)]) + packed
        connection.sendall(struct.pack(">H", len(success)) + success + bytes(2))
        told = {}


def _message(connection: socket.socket) -> bytes:
    """One message of Bolt: chunks with their lengths, ended by an empty one; b"" at the end."""
    found = b""
    while (head := connection.recv(2, socket.MSG_WAITALL)) and (size := struct.unpack(">H", head)[0]):
        found += connection.recv(size, socket.MSG_WAITALL)
    return found
