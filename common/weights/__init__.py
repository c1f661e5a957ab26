"""Canonical weights in files: our own, those of the frameworks, and what each publisher calls a tensor.

``canonical`` holds our safetensors files, ``formats`` reads other kinds of files by their specifications, ``sources``
has the publishers' names, and ``convert`` leads from any of them to any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.weights.bundle import Bundle
    from common.weights.canonical import load, save, starting

__all__ = ["Bundle", "load", "save", "starting"]

__getattr__ = face(
    __name__,
    {
        "bundle": ("Bundle",),
        "canonical": ("load", "save", "starting"),
    },
)
