"""LiteRT: runs a shipped model without TensorFlow."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from threadpoolctl import threadpool_limits

from emotion.errors import ModelError
from emotion.models.manifest import Entry


def one_thread_a_product() -> None:
    """Let the products of matrices in this process take one thread each, from now on.

    Those of a call are small, and the threads that NumPy has by default wait for each other in
    a loop: on two cores as long as all of the rest takes (see `benchmarks/review_speed.py`). For
    processes that serve, not for those that train.
    """
    threadpool_limits(1, user_api="blas")


class Copied(Protocol):
    """A model that keeps interpreters which it can do without."""

    def drop_copies(self) -> None:
        """Give up those that have nothing to do."""


_loaded: "weakref.WeakSet[Copied]" = weakref.WeakSet()


def hold(model: Copied) -> None:
    """Let `drop_copies` know a model, as long as it is in memory."""
    _loaded.add(model)


def drop_copies() -> None:
    """Let the models of this process keep one interpreter each at most.

    Steps that run now end as they are, and copies come again when they are wanted.
    """
    for model in list(_loaded):
        model.drop_copies()


class Runtime:
    """One model in memory, safe to share between calls and threads.

    An interpreter keeps its tensors between steps, so one thread at a time runs it; a step
    takes milliseconds. Where two threads have steps to run, two interpreters of one thread each
    do more than one of two threads, which wait for each other after every layer.
    """

    def __init__(self, entry: Entry, *, threads: int = 2, copies: int = 1) -> None:
        """Load a model and check it against its description.

        Args:
            entry: A model whose 'input' and 'output' the manifest describes by 'shape'.
            threads: Threads of one step.
            copies: Steps that may run side by side. Each takes memory of its own, from when it
                is first wanted.

        Raises:
            ModelError: If the file is missing, damaged or not as described.
        """
        self._content, self._threads = entry.read(), threads
        try:
            interpreter = self._fresh()
            (given,) = interpreter.get_input_details()
            (result,) = interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{entry.path} is not a model for LiteRT: {error}") from error
        for side, details in (("input", given), ("output", result)):
            expected = entry.field(side, "shape")
            if details["shape"].tolist() != expected:
                raise ModelError(
                    f"{entry.path} should have the {side} shape {expected} that its manifest "
                    f"gives. Received: {details['shape'].tolist()}."
                )
        self._name = entry.name
        self._shape = tuple(given["shape"].tolist())
        self._input, self._output = given["index"], result["index"]
        self._idle, self._missing = [interpreter], copies - 1
        self._changed = threading.Condition()
        hold(self)

    @property
    def held(self) -> int:
        """Interpreters in memory that have nothing to do now."""
        return len(self._idle)

    def drop_copies(self) -> None:
        """Give up the interpreters that have nothing to do, but for one."""
        with self._changed:
            self._missing += len(self._idle[1:])
            del self._idle[1:]

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Run one step.

        Args:
            features: float32, of the input's shape without the leading 1.

        Returns:
            float32, of the output's shape without the leading 1.

        Raises:
            ModelError: If the shape is another one.
        """
        if features.shape != self._shape[1:]:
            raise ModelError(
                f"The model {self._name!r} takes the shape {self._shape[1:]}. "
                f"Received: {features.shape}."
            )
        with self._taken() as interpreter:
            interpreter.set_tensor(self._input, features[None].astype(np.float32, copy=False))
            interpreter.invoke()
            return np.asarray(interpreter.get_tensor(self._output)[0])

    @contextmanager
    def _taken(self) -> Iterator[Interpreter]:
        """An interpreter that nobody else has meanwhile."""
        with self._changed:
            while not (self._idle or self._missing):
                self._changed.wait()
            interpreter = self._idle.pop() if self._idle else None
            self._missing -= interpreter is None
        try:
            if interpreter is None:
                interpreter = self._fresh()
            yield interpreter
        finally:
            with self._changed:
                if interpreter is None:
                    self._missing += 1
                else:
                    self._idle.append(interpreter)
                self._changed.notify()

    def _fresh(self) -> Interpreter:
        interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
        interpreter.allocate_tensors()
        return interpreter
