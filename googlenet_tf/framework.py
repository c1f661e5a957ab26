"""TensorFlow and Keras, imported once: Keras on TensorFlow, and without start-up chatter."""

import os
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors only
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextmanager
def quiet():
    """Without what TensorFlow's C++ says on stderr before it has read the level above; exceptions come through."""
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


with quiet():
    import keras
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=tensorflow")

__all__ = ["keras", "tf"]
