"""TensorFlow and Keras, imported once: Keras on TensorFlow, and without start-up chatter."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors only
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=tensorflow")

__all__ = ["keras", "tf"]
