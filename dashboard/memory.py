"""Memory of the server: kept small by the C library, and given back by what has ended."""

import ctypes
import gc

_ARENAS = -8
"""M_ARENA_MAX of glibc's mallopt(3)."""


def bound() -> None:
    """Let all threads share one heap; to be called before there are many of them.

    Each thread that allocates would else get a heap of its own, of which a little stays in use
    after each call, so that none is ever given back.
    """
    _glibc("mallopt", _ARENAS, 1)


def tidy() -> None:
    """Give back the memory of what has ended.

    Streamlit's own collection after every run is switched off (`.streamlit/config.toml`),
    and the C library keeps what was freed unless it is asked.
    """
    gc.collect()
    _glibc("malloc_trim", 0)


def _glibc(name: str, *numbers: int) -> None:
    try:
        getattr(ctypes.CDLL("libc.so.6"), name)(*numbers)
    except (OSError, AttributeError):
        return  # Only glibc has it.
