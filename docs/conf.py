"""How Sphinx makes the documents into pages: run by `make docs`."""

import sys
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))

from navigation import as_read

project = "csm-statusek"
author = "the authors of csm-statusek"
copyright = f"{author}, Apache-2.0"  # noqa: A001 (Sphinx's name for it)
release = version = version_of("csm-statusek")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "command_help"]

html_theme = "furo"
html_title = f"csm-statusek {release}"
html_show_sphinx = False
html_copy_source = False

myst_heading_anchors = 4  # the anchors that code hosts give headings, too
myst_enable_extensions = ["deflist"]
default_role = "code"  # what a docstring has in `backticks`

autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseException, str, StrEnum, Enum, object",
}
autodoc_type_aliases = {"JsonValue": "JsonValue"}
napoleon_numpy_docstring = False

nitpicky = True
# Signatures name types of other libraries, and private ones. Every public name has its place (see
# `_miss_no_name`), so a type without one is not public.
nitpick_ignore_regex = [("py:class", ".*")]


def setup(app: Sphinx) -> None:
    """Connect what is done to pages and docstrings as they are read."""
    app.connect("source-read", _navigate)
    app.connect("autodoc-process-signature", _say_what_is_required)
    app.connect("autodoc-process-docstring", _keep_sentences_whole, priority=400)
    app.connect("env-check-consistency", _miss_no_name)


def _navigate(_: Sphinx, docname: str, content: list[str]) -> None:
    content[0] = as_read(docname, content[0])


def _say_what_is_required(
    _: Sphinx, __: str, ___: str, ____: object, _____: object, signature: str, returned: str
) -> tuple[str, str] | None:
    """Leave out the default by which constructors see that an argument is missing."""
    return (signature.replace(" = <missing>", ""), returned) if signature else None


def _keep_sentences_whole(
    _: Sphinx, what: str, __: str, ___: object, ____: object, lines: list[str]
) -> None:
    """Let a property's sentence have a colon, before which napoleon would see its type."""
    if what in {"property", "attribute"} and lines:
        lines[0] = lines[0].replace(": ", " - ", 1)


def _miss_no_name(_: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every public name that the reference lacks."""
    domain = env.get_domain("py")
    assert isinstance(domain, PythonDomain)
    described = {*domain.objects, *domain.modules}
    for module in domain.modules:
        for name in getattr(import_module(module), "__all__", ()):
            if f"{module}.{name}" not in described:
                logging.getLogger(__name__).warning("the reference lacks %s.%s", module, name)
