"""One channel table, and everything about it that needs no framework.

Importing this package imports no framework; a backend is loaded by name, through
:func:`common.contract.backend.load`.
"""

__version__ = "0.1.0"
