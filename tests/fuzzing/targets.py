"""What can be fuzzed: where the inputs of a target come from, and what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import attrs

from fuzzing import agreement, documents, foreign
from fuzzing.agreement import Disagreement
from fuzzing.documents import Document
from fuzzing.shrinking import smallest


@attrs.frozen
class Target:
    """Something that is given documents.

    Attributes:
        make: Returns a document from a random source.
        check: Returns whether the document was accepted; raises a Disagreement.
    """

    make: Callable[[Random], Document]
    check: Callable[[Document], bool]

    def document(self, seed: str, number: int) -> Document:
        """Return the document of that number, always the same for the same seed."""
        return self.make(Random(f"{seed}/{number}"))

    def broken_rule(self, document: Document) -> str | None:
        """Return which rule a document breaks, if any."""
        try:
            self.check(document)
        except Disagreement as error:
            return error.rule
        return None

    def shrunk(self, document: Document, rule: str) -> Document:
        """Return a smaller document that breaks the same rule."""

        def breaks(source: str | bytes) -> bool:
            return rule == self.broken_rule(attrs.evolve(document, source=source))

        source = document.source
        if isinstance(source, str):
            return attrs.evolve(document, source=smallest(source, breaks))
        return attrs.evolve(document, source=smallest(source, breaks))


TARGETS: Mapping[str, Target] = {
    "messages": Target(documents.document, agreement.check),
    "formats": Target(foreign.body, foreign.check_body),
    "catalogues": Target(foreign.catalogue, foreign.check_catalogue),
}
"""The targets, by name."""
