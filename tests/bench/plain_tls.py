"""What TLS sockets carry without a client around them: connections that send one body each, a thread for each.

Arguments: host, port, file of the CA, connections, bytes in all. The pieces are those of the benchmark.
"""

import os
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from azure_migrate_exporter.collectors.storage.upload import PIECE, PIECES

HEAD: Final = "PUT /container/plain-{number}?comp=block HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n"


def send(host: str, port: int, context: ssl.SSLContext, number: int, pieces: int) -> None:
    body = [memoryview(os.urandom(PIECE)) for _ in range(PIECES)]
    with (
        socket.create_connection((host, port)) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        secured.sendall(HEAD.format(number=number, host=host, size=pieces * PIECE).encode())
        for piece in range(pieces):
            secured.sendall(body[piece % PIECES])
        answer = secured.recv(4096)
    assert answer.startswith(b"HTTP/1.1 201"), answer


def main(host: str, port: str, ca_file: str, connections: str, size: str) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    count = int(connections)
    pieces = int(size) // count // PIECE
    with ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(send, host, int(port), context, number, pieces) for number in range(count)]:
            done.result()


if __name__ == "__main__":
    main(*sys.argv[1:])
