"""Packets that are in a recording twice, as recorders of networks leave them."""

from collections import Counter, deque
from typing import Any

_REMEMBERED = 8
"""Packets of each track among which one is looked for."""


class Repeats:
    """Tells which packets are the same as one shortly before.

    Decoded again, sound would be heard twice and later pictures be changed twice. A track whose
    clock stands still says nothing: silence is the same again and again.
    """

    def __init__(self) -> None:
        """Begin with a recording of which no packet was read."""
        self._known: dict[int, deque[tuple[int, int | None, int, Any]]] = {}
        self._moved: set[int] = set()
        self._counts: Counter[int] = Counter()

    def again(self, packet: Any) -> bool:
        """Whether a packet has the times and the content of one before.

        Args:
            packet: PyAV's, in the order of the file.
        """
        if packet.dts is None or not packet.size:
            return False
        index = packet.stream_index
        known = self._known.setdefault(index, deque(maxlen=_REMEMBERED))
        key = packet.dts, packet.pts, packet.size
        self._counts[index] += 1
        if known and known[-1][0] != packet.dts:
            self._moved.add(index)
        # Whether a clock stands still, the second packet cannot tell.
        same = (index in self._moved or self._counts[index] == 2) and any(
            one[:3] == key and bytes(one[3]) == bytes(packet) for one in known
        )
        if not same:
            known.append((*key, packet))
        return same
