"""The one error that the command line turns into a sentence."""


class EcomError(Exception):
    """Something the user can put right: the message says what was found, where, and what to do."""
