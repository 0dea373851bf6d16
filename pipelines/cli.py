"""The command ``zicht``: words in, words or JSON out, and an exit code.

Belongs here: arguments and printing. What the commands do stands in the packages, imported when a command needs it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.settings import Settings, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.refresh import Summary

WRONG_USE, BROKEN, INTERRUPTED = 2, 3, 130

EPILOG = """\
exit codes of refresh: 0 released, or nothing to do; 1 a blocking check failed and the last release stands;
2 wrong use or configuration; 3 a source or the machine failed; 4 as 0, but deliveries were refused or sources are late
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    options = _parser().parse_args(arguments)
    _log_to_stderr(quiet=options.json)
    try:
        code: int = options.command(options)
    except KeyboardInterrupt:
        print("zicht: interrupted", file=sys.stderr)
        return INTERRUPTED
    except UsageError as error:
        print(f"zicht: {error}", file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:  # the reader of our output had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"zicht: the machine failed: {error}", file=sys.stderr)
        return BROKEN
    except Exception as error:  # noqa: BLE001 - exit code 1 is for checks; the message could show a row
        where = traceback.extract_tb(error.__traceback__)[-1]
        print(f"zicht: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}", file=sys.stderr)
        return BROKEN
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zicht",
        description="Sight of labour migrants per Dutch municipality.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    house = argparse.ArgumentParser(add_help=False)
    house.add_argument(
        "--sample",
        action="store_true",
        default=None,
        help="synthetic deliveries instead of your inbox, into data/demo",
    )

    one = commands.add_parser("refresh", parents=[common, house], help="take in what was delivered and release it")
    one.set_defaults(command=_refresh)
    one = commands.add_parser(
        "status", parents=[common, house], help="the release that stands and what needs attention"
    )
    one.set_defaults(command=_status)
    one = commands.add_parser("sample", parents=[common], help="write synthetic deliveries")
    one.add_argument("--out", type=Path, required=True, help="directory of the landing tree to write")
    one.add_argument("--persons", type=_count, default=12_000, help="residents (default 12000)")
    one.add_argument("--non-residents", type=_count, default=5_000, help="non-residents (default 5000)")
    one.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default 1)")
    one.set_defaults(command=_sample)
    one = commands.add_parser("key", parents=[common], help="make a secret key for pseudonyms")
    one.add_argument("file", type=Path, help="new file, outside the data")
    one.add_argument("--raw", action="store_true", help="make one that encrypts delivered bytes of persons instead")
    one.set_defaults(command=_key)
    one = commands.add_parser("template", parents=[common], help="write an empty template to fill in")
    one.add_argument("source", choices=["indicators", "housing"])
    one.add_argument("file", type=Path, help="new file (.xlsx or .csv)")
    one.set_defaults(command=_template)
    one = commands.add_parser("export", parents=[common, house], help="write aggregates for another municipality")
    one.add_argument("--aggregate", action="store_true", required=True, help="protected counts; rows of persons never")
    one.add_argument("--municipality", required=True, help="whose counts (four digits)")
    one.add_argument("--out", type=Path, required=True, help="directory in which the package is made")
    one.set_defaults(command=_export)
    one = commands.add_parser("profile", parents=[common], help="propose a profile for a workbook that none knows")
    one.add_argument("file", type=Path, help="workbook of the Migrantenmonitor (.xlsx, .xls)")
    one.add_argument("--out", type=Path, help="new file for the profile (default: standard output)")
    one.set_defaults(command=_profile)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _refresh(options: argparse.Namespace) -> int:
    from pipelines.refresh import refresh

    summary = refresh(Settings.from_environment(sample=options.sample))
    if any(line.endswith("DagsterExecutionInterruptedError") for line in summary.failures):
        raise KeyboardInterrupt  # which Dagster took for a step that failed
    _show(options, summary.as_dict(), _summary_in_words(summary))
    return summary.exit_code


def _status(options: argparse.Namespace) -> int:
    from pipelines.refresh import has_work, last_failures, state

    settings = Settings.from_environment(sample=options.sample)
    stands = state(settings)
    waiting = has_work(settings)
    failures = last_failures(settings)
    words = [
        f"release   {stands.release_id or 'none yet: run `zicht refresh`'}",
        f"file      {stands.file or 'none'}",
        f"waiting   {'yes: run `zicht refresh`' if waiting else 'nothing'}",
        *(f"attention {line}" for line in stands.attention),
        *(f"FAILED    {line}; the last release stands" for line in failures),
    ]
    result = {
        "release_id": stands.release_id,
        "file": stands.file,
        "work_waiting": waiting,
        "data_gaps": stands.data_gaps,
        "attention": stands.attention,
        "failures": failures,
    }
    _show(options, result, words)
    return 0


def _sample(options: argparse.Namespace) -> int:
    from pipelines.sample.generate import generate

    written = generate(options.out, persons=options.persons, non_residents=options.non_residents, seed=options.seed)
    _show(options, {"files": [str(path) for path in written]}, [f"wrote {path}" for path in written])
    return 0


def _key(options: argparse.Namespace) -> int:
    from pipelines.privacy.at_rest import make_raw_key
    from pipelines.privacy.pseudonyms import make_key

    settings = Settings.from_environment()
    if options.file.resolve().is_relative_to(settings.data):
        raise UsageError(f"{options.file} lies within the data ({settings.data}); a key is kept apart from it")
    made = {"file": str(options.file)}
    words = []
    if options.raw:
        made["recipient"] = make_raw_key(options.file)
        words = [f"recipient {made['recipient']}"]
    else:
        make_key(options.file)
    variable = "ZICHT_RAW_KEY_FILE" if options.raw else "ZICHT_PSEUDONYM_KEY_FILE"
    advice = f"wrote {options.file}; keep it apart from the data, keep a copy, and name it in {variable}"
    _show(options, made, [advice, *words])
    return 0


def _template(options: argparse.Namespace) -> int:
    from importlib import import_module

    from pipelines.sources.templates import write_template

    if options.file.suffix not in (".xlsx", ".csv"):
        raise UsageError(f"{options.file} should end in .xlsx or .csv")
    if options.file.exists():
        raise UsageError(f"{options.file} exists; name a new file")
    try:
        write_template(options.file, *import_module(f"pipelines.sources.{options.source}.reader").TEMPLATES)
    except OSError as error:
        raise UsageError(f"{options.file} cannot be written: {error.strerror}") from None
    _show(options, {"file": options.file}, [f"wrote {options.file}"])
    return 0


def _export(options: argparse.Namespace) -> int:
    from pipelines.publish.exchange import export

    made = export(Settings.from_environment(sample=options.sample), options.municipality, options.out)
    words = [f"wrote {made}", f"to hand over: the receiver copies {options.out}/exchange into the inbox"]
    _show(options, {"package": made}, words)
    return 0


def _profile(options: argparse.Namespace) -> int:
    from pipelines.landing.deliveries import RefusedError
    from pipelines.sources.migrantenmonitor.propose import propose

    try:
        proposal = propose(options.file.name, options.file.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{options.file} does not exist") from None
    except IsADirectoryError:
        raise UsageError(f"{options.file} is a directory; name a workbook") from None
    except RefusedError as error:
        raise UsageError(str(error)) from None
    words = [proposal.as_yaml().rstrip()]
    if options.out:
        try:
            with options.out.open("x", encoding="utf-8") as stream:
                stream.write(proposal.as_yaml())
        except FileExistsError:
            raise UsageError(f"{options.out} exists; name a new file") from None
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{options.out.parent} is no directory; make it first") from None
        words = [f"wrote {options.out}", *(f"to decide {line}" for line in proposal.unplaced)]
    result = {"file": options.out, "profile": proposal.profile, "unplaced": proposal.unplaced}
    _show(options, result, words)
    return 0


def _summary_in_words(summary: Summary) -> list[str]:
    def listed(counts: dict[str, int]) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"

    words = [
        "",
        f"deliveries  {listed(summary.deliveries)}",
        f"rows        {listed(summary.rows)}",
        f"checks      {listed(summary.checks)}",
        f"data gaps   {listed(summary.data_gaps)}",
        f"release     {summary.release_id or 'none'}" + ("" if summary.released else " (unchanged)"),
        f"file        {summary.file or 'none'}",
    ]
    if summary.synthetic:
        words.append("SYNTHETIC   deliveries here are made up; rows that derive from them say synthetic = true")
    words += [f"attention   {line}" for line in summary.attention]
    words += [f"FAILED      {line}" for line in summary.failures]
    return words


def _show(options: argparse.Namespace, result: Any, words: list[str]) -> None:
    print(json.dumps(result, indent=1, default=str, ensure_ascii=False) if options.json else "\n".join(words))


def _log_to_stderr(*, quiet: bool) -> None:
    """Progress goes to standard error, so that standard output holds the result alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("zicht")
    logger.handlers = [handler]
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    logger.propagate = False
    # Interrupted while it closes a connection it shows a traceback.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(main())
