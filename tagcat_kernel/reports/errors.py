"""What can go wrong with a report, in words for a person."""


class ReportError(Exception):
    """The report can't be made, read or published; the message says why and what to do."""


class WrongUseError(ReportError, ValueError):
    """What was asked for can't be: a notebook, a parameter or a place that is none."""
