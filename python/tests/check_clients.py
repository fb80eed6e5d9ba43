"""Every public method of the Python clients, and whole compute services and managers, against a server.

    ALCHEMISCALE_URL=… ALCHEMISCALE_ID=… … python check_clients.py [--only SECTION …] [--original] [--verbose]

Needs alchemiscale and gufe, and a few identities, named by the variables that ``--help`` lists.
"""

import argparse
import importlib
import os
import sys
import tempfile

SECTIONS = ["service", "networks", "tasks", "hubs", "compute", "results", "restarts", "strategies", "managers", "loop"]
#: run when it is named only: it wants the package alchemiscale_ts, a TypeScript compute service, and what that has computed
DEMO = "demo"


def main() -> int:
    from world import BESIDE, VARIABLES

    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="variables:\n" + "\n".join(f"  {name:34}{meaning}" for name, meaning in {**VARIABLES, **BESIDE}.items()),
    )
    parser.add_argument("--only", action="append", default=[], choices=[*SECTIONS, DEMO], help="this section only; repeatable")
    parser.add_argument("--original", action="store_true", help="leave out what the Python server does not keep to")
    parser.add_argument("--verbose", action="store_true", help="tracebacks of failed checks")
    options = parser.parse_args()
    missing = [name for name in VARIABLES if name not in os.environ]
    if missing:
        parser.error(f"not set: {', '.join(missing)}")

    from harness import check, run_checks, same
    from world import World

    for section in [*SECTIONS, DEMO] if DEMO in options.only else SECTIONS:
        importlib.import_module(f"checks_{section}")

    if not options.only:

        # The last, since it asks what the others have called.
        @check("every public method of the three clients", section="called")
        def all_methods(world):
            same(untried(), {})

    with tempfile.TemporaryDirectory(prefix="alchemiscale-python-cache-") as cache:
        # Clients that are given no cache folder make one here and not in the user's home.
        os.environ["XDG_CACHE_HOME"] = cache
        world = World()
        failed = run_checks(world, only=options.only, original=options.original, verbose=options.verbose)
    return 1 if failed else 0


def untried() -> dict[str, list[str]]:
    """The public methods that no check has called, by class."""
    from alchemiscale import AlchemiscaleClient
    from alchemiscale.compute.client import AlchemiscaleComputeClient, AlchemiscaleComputeManagerClient
    from world import Recorded

    found = {}
    for client in (AlchemiscaleClient, AlchemiscaleComputeClient, AlchemiscaleComputeManagerClient):
        public = {name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))}
        if rest := sorted(public - Recorded.called.get(client, set())):
            found[client.__name__] = rest
    return found


if __name__ == "__main__":
    sys.exit(main())
