"""Tests of ccmsim: a package, so that the one of this name that ciw installs is not taken for it."""
