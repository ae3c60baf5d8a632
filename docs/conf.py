"""Sphinx settings: `make docs` builds the pages beside this file into docs/_build/html."""

from importlib.metadata import version as installed_version

project = "ccmsim"
author = "the ccmsim developers"
project_copyright = f"2026, {author}"
release = installed_version("ccmsim")
version = ".".join(release.split(".")[:3])

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build"]

# Examples run in the tests, never while the pages are built.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
smartquotes_action = "qe"  # two hyphens begin an option, and stay two

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types in words
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "ccmsim"
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
