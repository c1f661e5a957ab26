"""The names of ImageNet's classes; ``imagenet.txt`` beside this file says where they come from."""

from functools import cache
from pathlib import Path

NAME = "imagenet"  # what --labels calls them
BACKGROUND = "background"


@cache
def names(classes: int) -> tuple[str, ...] | None:
    """The names of the classes of weights for so many; None where these are not ImageNet's.

    Args:
        classes: 1,000; or 1,001, as TensorFlow's own weights have them: there the first class is the background.

    >>> names(1000)[:2], names(1001)[:2], names(10)
    (('tench', 'goldfish'), ('background', 'tench'), None)
    """
    lines = Path(__file__).with_name("imagenet.txt").read_text(encoding="utf-8").splitlines()
    found = tuple(line for line in lines if not line.startswith("#"))
    return {len(found): found, len(found) + 1: (BACKGROUND, *found)}.get(classes)
