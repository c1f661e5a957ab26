"""Who is faster, by how much, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.bench.measures import spread

LEAST = 5  # rounds: of fewer, quartiles say nothing


def compared(first: Sequence[float], second: Sequence[float]) -> dict[str, Any]:
    """How many times as fast the first is as the second, and whether that may be said.

    Each round gives one ratio of two numbers that were measured within seconds of each other, so a machine that drifts
    does not decide. It is told only where the median of the ratios is farther from 1 than their quartiles are from each
    other: the difference is larger than the spread.

    Args:
        first, second: images a second of each round; what stands at one place belongs to one round.

    Returns:
        ``ratio`` with its ``q25`` and ``q75``, how many ``rounds``, and ``told``.

    >>> compared([12.0, 12.6, 12.3, 12.1, 12.2], [10.0, 10.5, 10.2, 10.0, 10.3])["told"]
    True
    >>> compared([12.0, 9.0, 12.3, 9.1, 12.2], [10.0, 10.5, 10.2, 10.0, 10.3])["told"]
    False
    >>> compared([12.0], [10.0])["told"]
    False
    """
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    middle = spread(ratios)
    wide = middle["q75"] - middle["q25"]
    told = len(ratios) >= LEAST and abs(middle["median"] - 1) > wide
    return {"ratio": middle["median"], "q25": middle["q25"], "q75": middle["q75"], "rounds": len(ratios), "told": told}


def verdict(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Who is fastest of those that compute the same network, each provider by its fastest way.

    Where there is one provider only, its ways are compared with each other.

    Args:
        rows: of a group, as in the report; those that failed, and other networks, play no part.

    Returns:
        ``fastest`` and ``second`` by name, and what `compared` says of them; None of fewer than two.
    """
    able = sorted((row for row in rows if _plays(row)), key=_median, reverse=True)
    best: dict[str, Mapping[str, Any]] = {}
    for row in able:
        best.setdefault(row["provider"], row)
    first, second = ([*best.values()] if len(best) > 1 else [*able, None, None])[:2]
    if first is None or second is None:
        return None
    told = compared(first["rounds"], second["rounds"])
    if told["ratio"] < 1:  # round by round it is the other way round
        first, second = second, first
        told = compared(first["rounds"], second["rounds"])
    return {"fastest": first["name"], "second": second["name"], **told}


def beside(rows: Sequence[Mapping[str, Any]], ways: tuple[str, str]) -> list[dict[str, Any]]:
    """How many times as fast one way of each provider is as its other way.

    Args:
        rows: of a group, as in the report.
        ways: the two, such as ``fast`` and ``plain``.

    Returns:
        For each provider that has both, its ``name`` of the first way, ``beside`` the second, and what `compared` says.
    """
    by_way = {(row["provider"], row["way"]): row for row in rows if _plays(row)}
    found = []
    for (provider, way), row in by_way.items():
        other = by_way.get((provider, ways[1]))
        if way == ways[0] and other is not None:
            found.append({"name": row["name"], "beside": other["name"], **compared(row["rounds"], other["rounds"])})
    return found


def _plays(row: Mapping[str, Any]) -> bool:
    return row["failure"] is None and row["same_network"] and bool(row["rounds"])


def _median(row: Mapping[str, Any]) -> float:
    return row["images_per_s"]["median"]
