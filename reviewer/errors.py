"""What the reviewer refuses, in one line that says what to do."""


class ReviewerError(Exception):
    """The paper or its evidence cannot be read."""
