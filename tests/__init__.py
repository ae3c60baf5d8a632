"""Tests of ccmsim; a package, lest the one of this name that ciw installs be found instead."""
