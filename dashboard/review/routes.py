"""What the browser asks of the server besides the page: to take, show and play recordings.

An upload goes to the disk as it arrives, and is played from there: however long it is, it is
never in memory as a whole. Whoever asks has to know the desk's token, which nobody guesses.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from dashboard.review import file_kinds
from dashboard.review.desks import Desk, Desks
from dashboard.review.review import Review, State
from emotion.errors import RapportError

_PIECE = 1 << 20
"""Bytes that are written to the disk at once."""


def routes(desks: Callable[[], Desks], base: str = "") -> list[Route]:
    """The addresses under `reviews/`.

    Args:
        desks: Of this server.
        base: Path under which the server is reached, as `server.baseUrlPath` has it.
    """
    path = f"/{base.strip('/')}/reviews/{{desk}}".replace("//", "/")
    asked = _Asked(desks)
    return [
        Route(path, asked.state, methods=["GET"]),
        Route(f"{path}/{{review}}", asked.upload, methods=["PUT"]),
        Route(f"{path}/{{review}}", asked.remove, methods=["DELETE"]),
        Route(f"{path}/{{review}}/media", asked.media, methods=["GET"]),
        Route(f"{path}/{{review}}/annotated", asked.annotated, methods=["GET"]),
    ]


class _Asked:
    def __init__(self, desks: Callable[[], Desks]) -> None:
        self._desks = desks

    async def state(self, request: Request) -> Response:
        """How far every recording of a desk is."""
        desks, desk = self._desk(request)
        return JSONResponse(
            [described(desks, one) for one in list(desk.reviews.values())],
            headers={"Cache-Control": "no-store"},
        )

    async def upload(self, request: Request) -> Response:
        """Take a recording."""
        desks, desk = self._desk(request)
        name = request.query_params.get("name") or "recording"
        baseline = request.query_params.get("baseline") == "true"
        size = int(request.headers.get("content-length") or 0)
        most = limit()
        if not file_kinds.known(name):
            raise HTTPException(415, f"{name} is no video or sound file that Rapport knows.")
        if size > most:
            raise HTTPException(413, f"{name} is larger than {most / 1e9:.1f} GB.")
        try:
            review = desks.add(
                desk, name, size, baseline=baseline, identifier=request.path_params["review"]
            )
        except RapportError as error:
            raise HTTPException(507, str(error)) from error
        try:
            await _receive(request, review, most)
        except BaseException as error:
            # A client that goes away, a full disk, a server that ends: nothing of it stays.
            desks.remove(desk, review.identifier)
            if isinstance(error, ClientDisconnect):
                return Response(status_code=400)
            if isinstance(error, OSError):
                raise HTTPException(507, f"{name} could not be stored: {error.strerror}.") from None
            raise
        desks.read(review)
        return JSONResponse({"id": review.identifier})

    async def remove(self, request: Request) -> Response:
        """Cancel and forget a recording."""
        desks, desk = self._desk(request)
        desks.remove(desk, self._review(request, desk).identifier)
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """The recording itself, or the part of it that a player wants."""
        _, desk = self._desk(request)
        review = self._review(request, desk)
        if not review.playable:
            raise HTTPException(404, "The recording is not on the server any longer.")
        return FileResponse(
            review.media,
            media_type=file_kinds.mime(review.name) or "application/octet-stream",
            headers={
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox",
            },
        )

    async def annotated(self, request: Request) -> Response:
        """The recording with what is read drawn on it, to be saved."""
        _, desk = self._desk(request)
        review = self._review(request, desk)
        if review.annotation is None or not review.annotation.done:
            raise HTTPException(404, "It has not been made, or is not there any longer.")
        return FileResponse(
            review.annotation.path,
            media_type="video/mp4",
            filename=f"{Path(review.name).stem} annotated.mp4",
            headers={"Cache-Control": "private, no-store"},
        )

    def _desk(self, request: Request) -> tuple[Desks, Desk]:
        desks = self._desks()
        desk = desks.find(request.path_params["desk"])
        if desk is None:
            raise HTTPException(404, "The page is not known any longer. Reload it.")
        desk.touch()
        return desks, desk

    @staticmethod
    def _review(request: Request, desk: Desk) -> Review:
        review = desk.reviews.get(request.path_params["review"])
        if review is None:
            raise HTTPException(404, "There is no such recording.")
        return review


def described(desks: Desks, review: Review) -> dict[str, Any]:
    """A recording's row in the list, as plain values.

    Args:
        desks: Of this server.
        review: The recording.
    """
    return {
        "id": review.identifier,
        "name": review.name,
        "state": str(review.state),
        "size": review.size or review.received,
        "received": review.received,
        "share": round(review.share, 4),
        "left": None if review.left is None else round(review.left, 1),
        "ahead": desks.ahead(review) if review.state is State.WAITING else 0,
        "error": review.error,
    }


def limit() -> int:
    """Most bytes of an upload, by Streamlit's setting `server.maxUploadSize`."""
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


async def _receive(request: Request, review: Review, most: int) -> None:
    waiting = bytearray()
    with review.media.open("xb") as file:
        async for chunk in request.stream():
            if review.cancelled:
                raise ClientDisconnect
            review.received += len(chunk)
            if review.received > most:
                raise HTTPException(413, f"{review.name} is larger than {most / 1e9:.1f} GB.")
            waiting += chunk
            if len(waiting) >= _PIECE:
                # A slow disk must not hold up the other pages.
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        file.write(waiting)
    review.size = review.received
