"""The command ``zicht``: words in, words or JSON out, and an exit code.

Belongs here: arguments and printing. What the commands do stands in the packages, imported when a command needs it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import logs
from pipelines.settings import Settings, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.refresh import Summary

WRONG_USE, BROKEN, INTERRUPTED = 2, 3, 130
FULL = ("No space left on device", "disk is full", "disk I/O error")  # the last of SQLite, below Dagster

EPILOG = """\
exit codes of refresh: 0 released, or nothing to do; 1 a blocking check failed and the last release stands;
2 wrong use or configuration; 3 a source or the machine failed; 4 as 0, but deliveries were refused,
sources are late, or a release was rolled back
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        logs.configure(quiet=options.json)
        code: int = options.command(options)
    except KeyboardInterrupt:
        logs.complain("interrupted")
        return INTERRUPTED
    except UsageError as error:
        logs.complain(str(error))
        return WRONG_USE
    except BrokenPipeError:  # the reader of our output had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        logs.complain(f"the machine failed: {error}")
        return BROKEN
    except Exception as error:  # noqa: BLE001 - exit code 1 is for checks; the message could show a row
        if any(words in "".join(traceback.format_exception(error)) for words in FULL):
            logs.complain("the machine failed: the disk is full or broken")
            return BROKEN
        where = traceback.extract_tb(error.__traceback__)[-1]
        logs.complain(f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}")
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
    one.add_argument("--alert", action="store_true", help="tell who is to be told where something waits too long")
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
    one.add_argument("source", choices=["housing", "indicators", "list_members", "lists"])
    one.add_argument("file", type=Path, help="new file (.xlsx or .csv)")
    one.set_defaults(command=_template)
    one = commands.add_parser(
        "export", parents=[common, house], help="write aggregates for another municipality, or the release to a server"
    )
    what = one.add_mutually_exclusive_group(required=True)
    what.add_argument("--aggregate", action="store_true", help="protected counts; rows of persons never")
    what.add_argument("--postgres", metavar="URL", help="the whole release, to a database of PostgreSQL")
    one.add_argument("--municipality", help="with --aggregate: whose counts (four digits)")
    one.add_argument("--out", type=Path, help="with --aggregate: directory in which the package is made")
    one.add_argument("--schema", help="with --postgres: where it comes to stand (default zicht)")
    one.set_defaults(command=_export)
    one = commands.add_parser("rollback", parents=[common, house], help="let a release that is kept stand again")
    one.add_argument("release", nargs="?", default="previous", help="its id (default: the one before the standing one)")
    one.set_defaults(command=_rollback)
    one = commands.add_parser("diff", parents=[common, house], help="what changed between two releases, and why")
    one.add_argument("before", nargs="?", default="previous", help="id, or previous (default)")
    one.add_argument("after", nargs="?", default="current", help="id, or current (default)")
    one.add_argument("--table", help="the rows of this table too")
    one.add_argument("--limit", type=_count, default=20, help="how many of those (default 20)")
    one.add_argument(
        "--disclosure",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether small changes of counts show too precisely (default: yes; seconds, or minutes for many areas)",
    )
    one.set_defaults(command=_diff)
    one = commands.add_parser("serve", parents=[common, house], help="show the pages of the release that stands")
    one.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine alone)")
    one.add_argument("--port", type=_port, default=8000, help="0 takes one that is free (default 8000)")
    one.set_defaults(command=_serve)
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


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("0 to 65535")
    return number


def _refresh(options: argparse.Namespace) -> int:
    from pipelines.refresh import refresh

    summary = refresh(Settings.from_environment(sample=options.sample))
    _show(options, summary.as_dict(), _summary_in_words(summary))
    return summary.exit_code


def _status(options: argparse.Namespace) -> int:
    from pipelines.refresh import has_work, last_failures, state, watch

    settings = Settings.from_environment(sample=options.sample)
    if options.alert:
        if not settings.alerting:
            raise UsageError("--alert has nobody to tell: set ZICHT_ALERT_MAIL_TO or ZICHT_ALERT_WEBHOOK_FILE")
        watch(settings, datetime.now(UTC))
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
    package = {"--municipality": options.municipality, "--out": options.out}
    if strange := [name for name, given in package.items() if bool(given) != options.aggregate]:
        raise UsageError(f"--aggregate takes --municipality and --out, --postgres neither: {', '.join(strange)}")
    if options.postgres is not None:
        return _export_to_postgres(options)
    if options.schema:
        raise UsageError("--schema goes with --postgres")
    from pipelines.publish.exchange import export

    made = export(Settings.from_environment(sample=options.sample), options.municipality, options.out)
    words = [f"wrote {made}", f"to hand over: the receiver copies {options.out}/exchange into the inbox"]
    _show(options, {"package": made}, words)
    return 0


def _export_to_postgres(options: argparse.Namespace) -> int:
    try:
        from pipelines.publish.postgres import copy_to_postgres
    except ImportError:
        raise UsageError("--postgres needs a driver: pip install 'psycopg[binary]>=3.3,<4'") from None
    schema = options.schema or "zicht"
    rows = copy_to_postgres(Settings.from_environment(sample=options.sample), options.postgres, schema)
    words = [f"copied {len(rows)} tables, {sum(rows.values()):,} rows, into schema {schema}"]
    _show(options, {"schema": schema, "rows": rows}, words)
    return 0


def _rollback(options: argparse.Namespace) -> int:
    from pipelines.publish.release import current_release, rollback
    from pipelines.refresh import state, waiting_for

    settings = Settings.from_environment(sample=options.sample)
    with waiting_for(settings.lock):
        left = (current_release(settings) or {}).get("release_id")
        stands = rollback(settings, options.release)
        attention = state(settings).attention
    words = [f"release   {stands['release_id']} of {stands['as_of']} stands again", f"instead   of {left}"]
    words += [f"attention {line}" for line in attention]
    _show(options, {"release_id": stands["release_id"], "instead_of": left, "attention": attention}, words)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from pipelines.publish.diff import diff, in_words

    settings = Settings.from_environment(sample=options.sample)
    wanted = {"table": options.table, "limit": options.limit, "disclosure": options.disclosure}
    found = diff(settings, options.before, options.after, **wanted)
    _show(options, found, in_words(found))
    return 0


def _serve(options: argparse.Namespace) -> int:
    from pipelines.report.serve import server

    settings = Settings.from_environment(sample=options.sample)
    with server(settings, options.host, options.port) as serving, suppress(KeyboardInterrupt):
        address = f"http://{options.host}:{serving.server_port}/"
        _show(options, {"address": address}, [f"serving   {address}", "to end it press Ctrl-C"])
        sys.stdout.flush()
        serving.serve_forever()
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


if __name__ == "__main__":
    sys.exit(main())
