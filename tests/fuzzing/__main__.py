"""The command of the fuzzer; see `make fuzz-csm ARGS=--help`."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from time import monotonic, perf_counter

from fuzzing.campaign import Failure, Tally, campaign
from fuzzing.giant_reading import giant_readings
from fuzzing.report import PAGE, record_campaign, record_giants
from fuzzing.targets import TARGETS


def main() -> int:
    """Run what the arguments say; the exit code is 0 when every rule held."""
    arguments = _arguments()
    print(f"csm-statusek {version('csm-statusek')}, msgspec {version('msgspec')}, {sys.version}")
    if arguments.giants:
        return _read_giants(write=arguments.write)
    failed = False
    share = arguments.seconds / len(arguments.target)
    for target in arguments.target:
        began = perf_counter()
        numbers = range(arguments.start, arguments.start + arguments.inputs)
        tally = campaign(target, arguments.seed, numbers, monotonic() + share, _tell)
        print(f"\r{target}: {_summary(tally)} in {perf_counter() - began:.0f} s")
        for failure in tally.failures:
            print(_reproducer(target, arguments.seed, failure, tally.broken[failure.rule]))
        failed = failed or bool(tally.failures)
        if arguments.write:
            record_campaign(target, arguments.seed, tally, PAGE)
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("make fuzz-csm", description=__doc__)
    parser.add_argument("--seed", default="1", help="makes the inputs; any text (default: 1)")
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    parser.add_argument("--inputs", type=int, default=10**9, help="most inputs for each target")
    parser.add_argument("--seconds", type=float, default=60, help="most time in all (default: 60)")
    choices = list(TARGETS)
    parser.add_argument(
        "--target", nargs="+", choices=choices, default=choices, help="what to fuzz (default: all)"
    )
    parser.add_argument("--giants", action="store_true", help="read documents of 100 MB instead")
    parser.add_argument("--write", action="store_true", help=f"add the figures to {PAGE.name}")
    return parser.parse_args()


def _tell(tally: Tally) -> None:
    if sys.stdout.isatty():
        print(f"\r{_summary(tally)}", end="", flush=True)


def _summary(tally: Tally) -> str:
    return (
        f"{tally.inputs:,} inputs tried, {tally.accepted:,} accepted, "
        f"{tally.broken.total():,} broke a rule"
    )


def _reproducer(target: str, seed: str, failure: Failure, count: int) -> str:
    source = failure.document.source
    shown = repr(source) if len(source) <= 2_000 else f"{source[:300]!r}  # of {len(source):,}"
    return f"""
BROKEN: {failure.rule} ({count:,} times)
{failure.detail}

again:  make fuzz-csm ARGS='--target {target} --seed {seed} --start {failure.number} --inputs 1'
small:  from fuzzing.targets import TARGETS
        from fuzzing.documents import Document
        source = {shown}
        TARGETS[{target!r}].check(Document("", source, {dict(failure.document.options)!r}))
"""


def _read_giants(*, write: bool) -> int:
    readings = []
    for each in giant_readings():
        bound = "16 MiB" if each.is_bounded else "1 GiB"
        print(
            f"{each.what:32} {each.engine:8} {bound:7} {each.outcome:20} "
            f"{each.seconds:6.1f} s {each.megabytes:7,.0f} MB",
            flush=True,
        )
        readings.append(each)
    if write:
        record_giants(readings, PAGE)
    return int(not all(each.holds for each in readings))


if __name__ == "__main__":
    sys.exit(main())
