"""The beginning of the page: what a newcomer asks, each answered in a sentence from what the page knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.compare.mistakes import MISTAKES
from common.site.differences import cards
from common.site.proof import Proof

Answer = tuple[str, str, str, dict[str, Any]]


def answers(networks: int, proofs: Sequence[Proof], bench: Mapping[str, Any] | None) -> list[Answer]:
    """(question, section that says more, answer, holes of the answer) of each question; texts are in ``words.json``.

    Args:
        networks: how many the page shows.
        proofs: of those that were compared.
        bench: what `common.site.speeds.speeds` returns; None where there is none.

    >>> [answer for _, _, answer, _ in answers(24, [], None)]
    ['same.none', 'known', 'bite', 'code', 'fast.none', 'network']
    """
    return [
        ("same", "proof", *_same(networks, proofs)),
        ("known", "break", "known", {"mistakes": len(MISTAKES)}),
        ("bite", "differences", "bite", {"count": len(cards())}),
        ("code", "side", "code", {"count": networks}),
        ("fast", "speed", *_fast(bench)),
        ("network", "networks", "network", {"count": networks}),
    ]


def _same(networks: int, proofs: Sequence[Proof]) -> tuple[str, dict[str, Any]]:
    """What the comparisons say together: one that diverges is not hidden by many that agree."""
    if not proofs:
        return "same.none", {}
    said = [proof.report["verdict"] for proof in proofs]
    holes = {"count": len(proofs), "networks": networks}
    if "diverge" in said:
        names = [proof.report["net"] for proof in proofs if proof.report["verdict"] == "diverge"]
        return "same.diverge", {**holes, "names": ", ".join(names)}
    if "not judged" in said:
        return "same.unjudged", {**holes, "agree": said.count("agree")}
    largest = max((proof.largest for proof in proofs), key=lambda cell: cell.error or 0.0)
    common = [name for name in proofs[0].names if all(name in proof.names for proof in proofs)]
    return "same.agree", {**holes, "frameworks": ", ".join(common), "largest": largest.text}


def _fast(bench: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """Who is fastest in the group that has the most to say: the first that can be told, else the first of all."""
    verdicts = [(group, group["verdict"]) for group in (bench or {}).get("groups", ()) if group["verdict"]]
    if not verdicts:
        return "fast.none", {}
    group, verdict = next((each for each in verdicts if each[1]["told"]), verdicts[0])
    holes = {"net": group["net"], "batch": group["batch"], "fastest": verdict["fastest"], "second": verdict["second"]}
    return ("fast.told" if verdict["told"] else "fast.untold"), {**holes, "ratio": f"{verdict['ratio']:.2f}"}
