"""Times calls of the Python client against a server; one JSON object a line: ``what``, ``unit``, ``value``, ``own``.

``own`` is the same figure when the same calls go to a server that answers at once with what was recorded (see
replay-server.ts): what is left is the client's own work, which no server can make faster. Where to go and as whom is in
the variables ALCHEMISCALE_URL, _ID, _KEY, _COMPUTE_URL, _COMPUTE_ID, _COMPUTE_KEY.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RUN = f"r{uuid.uuid4().hex[:8]}"
SERVICES = 16
CALLS = 100
RESULTS = 60


@dataclass(frozen=True)
class Place:
    """The two services of a server, or of what stands in front of it."""

    user_url: str
    compute_url: str

    def user(self, cache_directory: Path | None = None):
        from alchemiscale import AlchemiscaleClient

        return AlchemiscaleClient(
            self.user_url,
            os.environ["ALCHEMISCALE_ID"],
            os.environ["ALCHEMISCALE_KEY"],
            cache_directory=cache_directory,
            use_local_cache=cache_directory is not None,
        )

    def compute(self):
        from alchemiscale.compute.client import AlchemiscaleComputeClient

        return AlchemiscaleComputeClient(
            self.compute_url,
            os.environ["ALCHEMISCALE_COMPUTE_ID"],
            os.environ["ALCHEMISCALE_COMPUTE_KEY"],
            use_local_cache=False,
        )

    def set_mode(self, mode: str) -> None:
        for url in (self.user_url, self.compute_url):
            urllib.request.urlopen(f"{url}/.mode/{mode}", data=b"").read()


class Bench:
    """Measures against the server, then once more with its answers replayed, and prints both."""

    def __init__(self, server: Place, replay: Place | None):
        self.server, self.replay = server, replay

    def measure(
        self, what: str, unit: str, call: Callable[[Place, int], float], *, repeats: int = 1, is_long: bool = False
    ) -> None:
        """Prints one figure, the best of ``repeats`` calls, which get their number.

        What is long is recorded while it is timed, since recording costs much less than it takes.
        """
        best = max if unit == "/s" else min
        value, own = None, None
        if not (is_long and self.replay):
            value = best(call(self.server, i) for i in range(repeats))
        if self.replay is not None:
            self.replay.set_mode("record")
            recorded = call(self.replay, 0)
            value = recorded if value is None else value
            self.replay.set_mode("replay")
            own = best(call(self.replay, 0) for _ in range(repeats))
        print(json.dumps({"what": what, "unit": unit, "value": value, "own": own}), flush=True)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def p50_ms(call: Callable[[int], object], count: int = CALLS) -> float:
    return 1000 * statistics.median(seconds(lambda i=i: call(i)) for i in range(count))


# networks


@cache
def base_molecule():
    """An alkane of 32 atoms with coordinates."""
    from rdkit import Chem
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles("C" * 10))
    AllChem.EmbedMolecule(molecule, randomSeed=1)
    return molecule


def make_network(size: int, topic: str):
    """Ligands in water, each joined to its next neighbors in a ring: half as many systems as transformations."""
    from gufe import AlchemicalNetwork, ChemicalSystem, SmallMoleculeComponent, SolventComponent, Transformation
    from gufe.tests.test_protocol import DummyProtocol
    from rdkit import Chem

    settings = DummyProtocol.default_settings()
    settings.n_repeats = 3
    protocol = DummyProtocol(settings)
    solvent = SolventComponent()
    systems = []
    for i in range(max(3, size // 2)):
        # A copy: components that share a molecule also share its name, and so become one on a server that reads them anew.
        ligand = SmallMoleculeComponent(Chem.Mol(base_molecule()), name=f"{RUN} {topic} {i}")
        systems.append(ChemicalSystem({"ligand": ligand, "solvent": solvent}, name=ligand.name))
    edges = []
    for i in range(size):
        a, step = i % len(systems), 1 + i // len(systems)
        edges.append(Transformation(systems[a], systems[(a + step) % len(systems)], protocol, name=f"{RUN} {topic} {i}"))
    return AlchemicalNetwork(edges=edges, name=f"{RUN} {topic}")


def scope_of(topic: str):
    from alchemiscale import Scope

    return Scope("bench", "compat", f"{RUN}_{topic}")


def forget_objects() -> None:
    """Makes gufe build anew what it reads next."""
    from gufe.tokenization import TOKENIZABLE_REGISTRY

    TOKENIZABLE_REGISTRY.clear()


# what is measured


def networks(bench: Bench, sizes: list[int]) -> dict[int, object]:
    """Submits one network of each size and reads it back; gives their keys."""
    keys = {}
    for size in sizes:
        network, scope = make_network(size, f"n{size}"), scope_of(f"n{size}")

        def create(place: Place, _) -> float:
            client = place.user()
            client.get_info()
            began = time.perf_counter()
            keys[size] = client.create_network(network, scope, visualize=False)
            return time.perf_counter() - began

        bench.measure(f"create_network, {size:,} transformations", "s", create)
        del network

        def get(place: Place, _) -> float:
            with tempfile.TemporaryDirectory() as folder:
                client = place.user(Path(folder))
                client.get_info()
                forget_objects()
                return seconds(lambda: client.get_network(keys[size], visualize=False))

        bench.measure(f"get_network, {size:,} transformations, nothing cached", "s", get, repeats=3 if size <= 100 else 1)
    return keys


def tasks(bench: Bench, network, count: int) -> None:
    """Makes tasks, actions them, asks for their statuses."""
    transformations = bench.server.user().get_network_transformations(network)
    wanted = [transformations[i % len(transformations)] for i in range(count)]
    made: list[list] = []

    def create(place: Place, _) -> float:
        client = place.user()
        client.get_info()
        began = time.perf_counter()
        made.append(client.create_transformations_tasks(wanted))
        return time.perf_counter() - began

    def action(place: Place, attempt: int) -> float:
        client = place.user()
        client.get_info()
        return seconds(lambda: client.action_tasks(made[attempt], network))

    def statuses(place: Place, attempt: int) -> float:
        client = place.user()
        client.get_info()
        return seconds(lambda: client.get_tasks_status(made[attempt]))

    bench.measure(f"create {count:,} tasks in one call", "s", create, repeats=3)
    bench.measure(f"action {count:,} tasks in one call", "s", action, repeats=3)
    bench.measure(f"statuses of {count:,} tasks", "s", statuses, repeats=3)


def results(bench: Bench, network) -> None:
    """Pushes small results of some transformations of a network, then reads the whole network's results."""
    from alchemiscale.storage.models import ComputeServiceID
    from gufe.protocols.protocoldag import execute_DAG

    user, compute = bench.server.user(), bench.server.compute()
    transformations = user.get_network_transformations(network)[:RESULTS]
    user.action_tasks(user.create_transformations_tasks(transformations), network, weight=1)
    service = compute.register(ComputeServiceID.new_from_name(f"{RUN}.pusher"))
    claimed = compute.claim_tasks([network.scope], service, count=len(transformations))
    done = []
    with tempfile.TemporaryDirectory() as folder:
        for task in claimed:
            transformation, _ = compute.retrieve_task_transformation(task)
            dag = transformation.create(name=str(task))
            (work := Path(folder, str(dag.key))).mkdir()
            done.append((task, execute_DAG(dag, shared_basedir=work, scratch_basedir=work, raise_error=False)))

    def push(place: Place, _) -> float:
        client = place.compute()
        client.get_info()
        return p50_ms(lambda i: client.set_task_result(*done[i], service), len(done))

    bench.measure("push of a small result, p50", "ms", push)
    compute.deregister(service)

    def read(place: Place, _) -> float:
        with tempfile.TemporaryDirectory() as folder:
            client = place.user(Path(folder))
            found: dict = {}
            took = seconds(lambda: found.update(client.get_network_results(network, visualize=False)))
        complete = sum(result is not None for result in found.values())
        if complete != len(done):
            raise RuntimeError(f"results of {complete} transformations instead of {len(done)}")
        return took

    size = len(user.get_network_transformations(network))
    bench.measure(f"get_network_results, {size:,} transformations, {len(done)} with results", "s", read, is_long=True)


def services(bench: Bench, network, waiting: list[int], claim_seconds: float) -> None:
    """Heartbeats; claims by one service with so many tasks waiting, and by several together."""
    from alchemiscale.storage.models import ComputeServiceID

    user, compute = bench.server.user(), bench.server.compute()
    transformations = user.get_network_transformations(network)
    ids = [compute.register(ComputeServiceID.new_from_name(f"{RUN}.svc{i}")) for i in range(SERVICES)]

    def beat(place: Place, _) -> float:
        client = place.compute()
        client.get_info()
        return p50_ms(lambda _: client.heartbeat(ids[0]))

    bench.measure("heartbeat, p50", "ms", beat)

    def claim(place: Place, _) -> float:
        client = place.compute()
        client.get_info()
        return p50_ms(lambda _: claim_one(client, network.scope, ids[0]))

    there = 0
    for count in waiting:
        for start in range(there, count, 1000):
            wanted = [transformations[i % len(transformations)] for i in range(start, min(count, start + 1000))]
            user.action_tasks(user.create_transformations_tasks(wanted), network)
        there = count
        bench.measure(f"claim with {count:,} tasks waiting, p50", "ms", claim)
        give_back(compute, ids[:1])

    def claim_together(place: Place, _) -> float:
        rate = claims_together(place, network.scope, ids, claim_seconds)
        give_back(compute, ids)
        return rate

    bench.measure(f"claims of {SERVICES} services together", "/s", claim_together)
    for service in ids:
        compute.deregister(service)


def give_back(compute, ids) -> None:
    """What these services hold goes back to waiting; they stay."""
    for service in ids:
        compute.deregister(service)
        compute.register(service)


def claim_one(client, scope, service) -> None:
    tasks = client.claim_tasks([scope], service)
    if not tasks or tasks[0] is None:
        raise RuntimeError(f"nothing was claimed: {tasks}")


def claims_together(place: Place, scope, ids, longest: float) -> float:
    """Claims a second, of one process for each service."""
    context = multiprocessing.get_context("fork")
    barrier, totals = context.Barrier(len(ids)), context.Queue()

    def run(service) -> None:
        client = place.compute()
        claim_one(client, scope, service)
        barrier.wait(timeout=60)
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < longest:
            claim_one(client, scope, service)
            count += 1
        totals.put(count / took)

    processes = [context.Process(target=run, args=(service,)) for service in ids]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode != 0 for process in processes):
        raise RuntimeError("a claiming process failed")
    return sum(totals.get() for _ in ids)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", nargs=2, metavar="URL", help="recording proxies before the user and the compute API")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    options = parser.parse_args()
    server = Place(os.environ["ALCHEMISCALE_URL"], os.environ["ALCHEMISCALE_COMPUTE_URL"])
    bench = Bench(server, Place(*options.replay) if options.replay else None)
    sizes, waiting, count = ([10, 30, 50], [1000], 100) if options.quick else ([100, 1000, 2000], [1000, 10_000], 1000)
    keys = networks(bench, sizes)
    tasks(bench, keys[sizes[-1]], count)
    services(bench, keys[sizes[0]], waiting, claim_seconds=0.5 if options.quick else 3)
    results(bench, keys[sizes[1]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
