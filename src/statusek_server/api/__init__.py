"""The modern interface under ``/api/v1``: resources, real HTTP codes, problems as RFC 9457 has them."""
