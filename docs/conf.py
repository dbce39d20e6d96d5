"""How Sphinx builds these pages: `make docs`. Every warning is an error: a broken link, a page that no list names."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

CHECKOUT = Path(__file__).parents[1]
sys.path.insert(0, str(CHECKOUT))

from docs.made import pages  # noqa: E402 -- the checkout is found only now
from sturnus import __version__  # noqa: E402 -- likewise

project = "Sturnus"
release = __version__
copyright = "the Sturnus authors, Apache License 2.0"  # noqa: A001 -- Sphinx' own name
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["made"]
myst_heading_anchors = 3
highlight_language = "none"
html_theme = "alabaster"
html_theme_options = {
    "description": "OpenStack in containers on a Kubernetes platform",
    "page_width": "1240px",
    "body_max_width": "none",
}
html_static_path = ["drawings"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
smartquotes = False


def setup(app: Sphinx) -> None:
    """Put what is made from the code in the places of its pages."""
    app.connect("source-read", lambda _app, _name, text: text.__setitem__(0, pages.filled(text[0])))
    app.connect("build-finished", lambda app, _error: pages.write_openapi(Path(app.outdir)))
