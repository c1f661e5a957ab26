"""How fast networks are: each framework in a process of its own, measured in turns, and who may be called the fastest.

================  =================================================================================
file              holds
================  =================================================================================
``asked``         what ``googlenet bench`` works out
``groups``        one table with one size of batch: its processes side by side
``layers``        where the time of a pass goes; ``work`` has the arithmetic and the bytes
``scale``         how the cost grows; ``exponent`` how fast
``stopwatch``     the seconds of each layer itself; ``copies`` how fast memory is
``entrants``      who takes part; ``others`` lists the published networks of others
``jobs``          what one process is told to compute
``calls``         from a job to the call that is timed
``exported``      the network as ONNX, in ONNX Runtime and OpenVINO
``worker``        the process that computes; ``process`` is its other end
``turns``         warming up, and rounds in which each process has its turn
``equality``      whether all compute one function, before they are measured
``rows``          what was measured of a process, as a row of the report
``measures``      medians, quartiles, and what counts as steady
``verdict``       who is faster, by how much, or that it cannot be told
``conditions``    the machine, and what it was doing
================  =================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.bench.asked import bench

__all__ = ["bench"]

__getattr__ = face(__name__, {"asked": ("bench",)})
