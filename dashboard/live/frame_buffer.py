"""Pictures of a browser, put together from packets as soon as their last one is there.

aiortc waits for the first packet of the next picture to know that one is whole: a tenth of a
second at ten pictures a second. Browsers mark the last packet of each (RFC 7741 section 4.1).
"""

from typing import Any

from aiortc import jitterbuffer
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket

_NAME = "_RTCRtpReceiver__jitter_buffer"
"""Where a receiver of aiortc has its buffer; there is no public way to give it another."""


class FrameBuffer(JitterBuffer):
    """As that of aiortc, without the wait."""

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        """The picture that is due, if all its packets are there."""
        del sequence_number
        parts: list[RtpPacket] = []
        for count in range(self.capacity):
            packet = self._packets[((self._origin or 0) + count) % self.capacity]
            if packet is None:
                return None
            whole = bool(parts) and packet.timestamp != parts[0].timestamp
            if not whole:
                parts.append(packet)
            if whole or packet.marker:
                self.remove(len(parts))
                data = b"".join(part._data for part in parts)  # type: ignore[attr-defined]
                return JitterFrame(data=data, timestamp=parts[0].timestamp)
        return None


def install(receiver: Any) -> None:
    """Let a receiver of pictures use one, before it has received anything.

    A version of aiortc that keeps its buffer elsewhere goes on with its own.

    Args:
        receiver: An `RTCRtpReceiver` of aiortc.
    """
    before = getattr(receiver, _NAME, None)
    if type(before) is jitterbuffer.JitterBuffer:
        setattr(receiver, _NAME, FrameBuffer(capacity=before.capacity, is_video=True))
