"""TensorFlow and Keras, imported once: Keras on TensorFlow, and without start-up chatter.

Raises:
    InputError: Keras runs on something else than TensorFlow, because KERAS_BACKEND says so or because the process had
        imported it before; says what to do.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from common.base.errors import InputError
from common.base.unused import hidden


def require_tensorflow(backend: str) -> None:
    """Refuse another backend of Keras than TensorFlow; there is no way to change it once Keras is imported.

    Raises:
        InputError: another backend, or none that there is.

    >>> require_tensorflow("jax")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: Keras runs on 'jax' here, not on TensorFlow: set KERAS_BACKEND=tensorflow ...
    """
    if backend != "tensorflow":
        raise InputError(
            f"Keras runs on {backend!r:.80} here, not on TensorFlow: set KERAS_BACKEND=tensorflow in the environment, "
            "before anything imports Keras"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Without what TensorFlow's C++ says on stderr before it has read the level above; exceptions come through."""
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors only
if "keras" in sys.modules:
    require_tensorflow(sys.modules["keras"].backend.backend())
else:  # asked before Keras is, whose own error would not say what to do
    os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
    require_tensorflow(os.environ["KERAS_BACKEND"])

with quiet(), hidden():
    import keras
    import tensorflow as tf
    from keras import ops

__all__ = ["keras", "ops", "tf"]
