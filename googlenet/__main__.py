"""``python -m googlenet`` is the command line."""

from common.cli import main

if __name__ == "__main__":
    main()
