"""The modern interface under ``/api/v1``: resources, real HTTP codes, problems of RFC 9457."""
