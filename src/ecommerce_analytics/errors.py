"""The errors that the command line turns into a sentence."""


class EcomError(Exception):
    """Something the user can put right: the message says what was found, where, and what to do."""


class MissingRelationError(EcomError):
    """A query asked for a table, view or column that has not been built."""
