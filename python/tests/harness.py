"""A list of checks that are run one after another: one line each, a summary, an exit code.

A check is a function of the world (see ``world.py``). It passes when it returns, fails when it raises. Checks of one section
run in the order in which they are written and may build on those before.
"""

from __future__ import annotations

import io
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    section: str
    title: str
    run: Callable
    #: says something that the Python server does not keep to
    stricter: bool


_CHECKS: list[Check] = []


def check(title: str, *, stricter: bool = False, section: str | None = None) -> Callable[[Callable], Callable]:
    """Adds a function to the list; its section is the name of its module without ``checks_`` unless given."""

    def add(function: Callable) -> Callable:
        _CHECKS.append(Check(section or function.__module__.removeprefix("checks_"), title, function, stricter))
        return function

    return add


@contextmanager
def refused(error: type[Exception], *texts: str, status: int | None = None) -> Iterator[None]:
    """Asserts that the block raises ``error`` with that status code and with each of the texts in its message."""
    try:
        yield
    except error as raised:
        message = str(raised)
        if status is not None:
            assert raised.status_code == status, f"status {raised.status_code} instead of {status}: {message}"
        for text in texts:
            assert text in message, f"{text!r} is not in {message!r}"
        return
    raise AssertionError(f"nothing was raised instead of {error.__name__} {status or ''} {texts}")


def same(actual, expected) -> None:
    """Asserts equality and says both sides."""
    assert actual == expected, f"{short(actual)} instead of {short(expected)}"


def same_members(actual, expected) -> None:
    """Asserts that two lists have the same members, each as often, in any order."""
    same(sorted(map(str, actual)), sorted(map(str, expected)))


def short(value, longest: int = 400) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"


def run_checks(world, *, only: list[str], original: bool, verbose: bool) -> int:
    """Runs the checks of the sections ``only`` (all if empty) and prints; gives the number that failed."""
    failed: list[str] = []
    passed = 0
    for each in _CHECKS:
        if (only and each.section not in only) or (original and each.stricter):
            continue
        name = f"{each.section}: {each.title}"
        began = time.perf_counter()
        try:
            # Progress bars and tables of the clients are not for this page.
            with redirect_stdout(io.StringIO()):
                each.run(world)
        except Exception as error:
            failed.append(name)
            print(f"FAIL {name}\n     {_where(error)}: {type(error).__name__}: {short(str(error), 1500)[1:-1]}", flush=True)
            if verbose:
                traceback.print_exception(error)
        else:
            passed += 1
            print(f"ok   {name} ({time.perf_counter() - began:.2f} s)", flush=True)
    print(f"\n{passed} passed, {len(failed)} failed")
    for name in failed:
        print(f"  failed: {name}")
    return len(failed)


def _where(error: Exception) -> str:
    """The innermost line of ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == HERE]
    frames = [frame for frame in frames if Path(frame.filename).name != "harness.py"] or frames
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
