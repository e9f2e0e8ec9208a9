"""Pictures are there with their last packet, whatever comes after them."""

import asyncio
import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.rtp import RtpPacket

from dashboard.live import frame_buffer
from dashboard.live.frame_buffer import FrameBuffer


def packet(number: int, time: int, data: bytes, *, last: bool = False) -> RtpPacket:
    made = RtpPacket(sequence_number=number, timestamp=time, marker=int(last))
    made._data = data  # type: ignore[attr-defined]
    return made


FIRST, SECOND = (
    [packet(65535, 1, b"a"), packet(0, 1, b"b"), packet(1, 1, b"c", last=True)],
    [packet(2, 2, b"d"), packet(3, 2, b"e", last=True)],
)
"""Two pictures, over the end of the numbers."""


def given(packets: list[RtpPacket]) -> list[bytes]:
    buffer = FrameBuffer(capacity=16, is_video=True)
    return [frame.data for one in packets if (frame := buffer.add(one)[1]) is not None]


def test_a_picture_is_whole_with_its_last_packet() -> None:
    assert given(FIRST) == [b"abc"]
    assert given(FIRST + SECOND) == [b"abc", b"de"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(1, 3))))
def test_packets_may_come_in_any_order(order: tuple[int, ...]) -> None:
    assert given([FIRST[0], *(FIRST[index] for index in order)]) == [b"abc"]


def test_a_picture_that_lacks_a_packet_waits_for_it() -> None:
    assert given([FIRST[0], FIRST[2]]) == []
    assert given([FIRST[0], FIRST[2], *SECOND, FIRST[1]])[0] == b"abc"


def test_pictures_without_marks_are_whole_with_the_next_one() -> None:
    bare = [packet(one.sequence_number, one.timestamp, one._data) for one in FIRST]  # type: ignore[attr-defined]
    assert given(bare) == []
    assert given([*bare, *SECOND]) == [b"abc", b"de"]


class _One(MediaStreamTrack):
    """A single picture, and then none."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._sent = False

    async def recv(self) -> av.VideoFrame:
        if self._sent:
            await asyncio.Event().wait()
        self._sent = True
        shown = np.zeros((48, 64, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
        frame.pts, frame.time_base = 0, Fraction(1, 90_000)
        return frame


async def _received() -> tuple[int, int]:
    sender, receiver = RTCPeerConnection(), RTCPeerConnection()
    arrived: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()

    @receiver.on("track")
    def _(track: MediaStreamTrack) -> None:
        frame_buffer.install(receiver.getTransceivers()[0].receiver)
        arrived.set_result(track)

    sender.addTrack(_One())
    offer = await sender.createOffer()
    assert offer is not None
    await sender.setLocalDescription(offer)
    await receiver.setRemoteDescription(sender.localDescription)
    answer = await receiver.createAnswer()
    assert answer is not None
    await receiver.setLocalDescription(answer)
    await sender.setRemoteDescription(receiver.localDescription)
    try:
        frame = await asyncio.wait_for((await arrived).recv(), 60)
        assert isinstance(frame, av.VideoFrame)
        return frame.width, frame.height
    finally:
        await sender.close()
        await receiver.close()


def test_a_receiver_of_aiortc_gives_a_picture_that_none_follows() -> None:
    assert asyncio.run(_received()) == (64, 48)


def test_a_receiver_that_has_no_such_buffer_is_left_alone() -> None:
    frame_buffer.install(other := type("Other", (), {})())
    assert vars(other) == {}
