"""Bad input without end: every kind that `hostile` generates, with a new seed each round.

    python tests/hostile/fuzz.py                    ten minutes, from a seed of the clock's
    python tests/hostile/fuzz.py --seconds 3600 --seed 7

Exit code 1 if a promise was broken; each is printed with the seed and the name of its case, by which it comes again.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # run as a script

from hostile import addresses, formats, options, runs, samples, signals, specials  # noqa: E402
from hostile.driver import Driver, broken  # noqa: E402

from common import cli  # noqa: E402


def train(*arguments: object) -> None:
    """Run ``googlenet train`` in this process."""
    sys.argv = ["googlenet", *map(str, arguments)]
    try:
        cli.main()
    except SystemExit as ended:
        if ended.code:
            raise


def one_round(good: samples.Samples, address: str, seed: int):
    """Cases of every kind for one seed."""
    yield from options.cases(good, seed, 40)
    yield from specials.cases(good, seed, 25)
    yield from formats.weight_cases(good, random.Random(seed), 140)
    yield from formats.picture_cases(good, random.Random(seed), 60)
    yield from formats.archive_cases(good, random.Random(seed), 60)
    yield from runs.cases(good, seed, 60)
    yield from addresses.cases(good, address, seed, 20)


def main() -> int:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    end, seed, count, wrong = time.monotonic() + asked.seconds, asked.seed, 0, 0
    with tempfile.TemporaryDirectory() as name, addresses.served() as address:
        (Path(name) / "good").mkdir()
        good = samples.make(Path(name) / "good", train)
        driver = Driver(Path(name))
        while time.monotonic() < end:
            for case in one_round(good, address, seed):
                if time.monotonic() > end:
                    break
                count += 1
                outcome = driver.run(case)
                for promise in broken(case, outcome):
                    wrong += 1
                    print(f"seed {seed}: {case.name}: {promise}\n    {outcome.err[:300]!r}", flush=True)
            for case in signals.cases(seed, 8):
                count += 1
                with tempfile.TemporaryDirectory(dir=name) as folder:
                    for promise in signals.broken(case, Path(folder), good):
                        wrong += 1
                        print(f"seed {seed}: {case}: {promise}", flush=True)
            print(f"seed {seed}: {count} cases so far, {wrong} promises broken", flush=True)
            seed += 1
        driver.close()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
