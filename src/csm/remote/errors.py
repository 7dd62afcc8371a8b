"""What goes wrong between two applications, as data.

Only the exception lives here, and the words for exceptions of others.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException

from csm.printable import printable


class RemoteStatusError(Exception):
    """Another application told no status.

    Attributes:
        source: Its address, without secrets.
        reason: Why, as a clause.
    """

    source: str
    reason: str

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return printable(f"{self.source} {self.reason}")


def reason_of(error: Exception) -> str:
    """Return why a connection failed, as a clause.

    Args:
        error: What a socket, TLS or HTTP has raised.
    """
    if isinstance(error, socket.gaierror):
        return f"cannot be found: {error.strerror or error}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS as expected: {error.reason or type(error).__name__}"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "hung up"
    if isinstance(error, HTTPException):
        return f"does not speak HTTP as expected: {type(error).__name__}"
    said = getattr(error, "strerror", None) or type(error).__name__
    return f"cannot be reached: {said}"
