"""Which of the pictures that arrive are looked at, so that there are so many a second."""


class Pace:
    """Takes pictures at a rate on average, however it lies to that at which they arrive.

    Looking at those that lie far enough apart would take every second one where they arrive a
    little quicker than that: of ten a second five instead of eight.
    """

    def __init__(self, rate: float) -> None:
        """Begin.

        Args:
            rate: Pictures a second that are taken at most, above 0.
        """
        self._step = 1.0 / rate
        self._due = 0.0

    def takes(self, time: float) -> bool:
        """Whether a picture that arrives now is taken.

        Args:
            time: Seconds, not before that of the last picture.
        """
        if time < self._due:
            return False
        # After a pause there is nothing to catch up with.
        self._due = max(self._due, time - self._step) + self._step
        return True
