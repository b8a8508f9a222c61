"""The part of Zato's package that modules need to be imported, no more."""
