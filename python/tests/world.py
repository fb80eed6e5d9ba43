"""What the checks stand on: clients, scopes that are new in every run, and networks of small systems."""

from __future__ import annotations

import os
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

from alchemiscale import AlchemiscaleClient, Scope, ScopedKey
from alchemiscale.compute.client import AlchemiscaleComputeClient, AlchemiscaleComputeManagerClient
from alchemiscale.storage.models import ComputeManagerID, ComputeServiceID
from gufe import (
    AlchemicalNetwork,
    ChemicalSystem,
    LigandAtomMapping,
    NonTransformation,
    SmallMoleculeComponent,
    SolventComponent,
    Transformation,
)
from gufe.protocols.protocoldag import ProtocolDAGResult, execute_DAG
from gufe.tokenization import TOKENIZABLE_REGISTRY
from openff.units import unit
from rdkit import Chem
from rdkit.Chem import AllChem
from sample_protocols import StepsProtocol, StepsSettings

VARIABLES = {
    "ALCHEMISCALE_URL": "the user API",
    "ALCHEMISCALE_ID": "a user identity whose scopes include test-*-*",
    "ALCHEMISCALE_KEY": "its key",
    "ALCHEMISCALE_COMPUTE_URL": "the compute API",
    "ALCHEMISCALE_COMPUTE_ID": "a compute identity whose scopes include test-*-*",
    "ALCHEMISCALE_COMPUTE_KEY": "its key",
    "ALCHEMISCALE_LIMITED_ID": "a user identity with exactly the scopes test-limited-*, other-one-two",
    "ALCHEMISCALE_LIMITED_KEY": "its key",
    "ALCHEMISCALE_LIMITED_COMPUTE_ID": "a compute identity with exactly the scopes test-limited-*, other-one-two",
    "ALCHEMISCALE_LIMITED_COMPUTE_KEY": "its key",
}

#: what both limited identities have, in the order of a sorted list
LIMITED_SCOPES = ["other-one-two", "test-limited-*"]


#: A second server on the same stores, optional: then each call of a client goes to one of the two.
BESIDE = {
    "ALCHEMISCALE_BESIDE_URL": "its user API",
    "ALCHEMISCALE_BESIDE_COMPUTE_URL": "its compute API",
    "ALCHEMISCALE_SEED": "decides which call goes to which server",
}


class Recorded:
    """A client that notes the names of the public methods called on it, and is otherwise the client itself.

    Of several clients, each of another server, any one is called.
    """

    called: dict[type, set[str]] = {}
    turns = random.Random(os.environ.get("ALCHEMISCALE_SEED", "1"))

    def __init__(self, *clients):
        self._clients = clients

    def __getattr__(self, name):
        value = getattr(Recorded.turns.choice(self._clients), name)
        if not name.startswith("_") and callable(value):
            Recorded.called.setdefault(type(self._clients[0]), set()).add(name)
        return value


class World:
    """Clients of each kind, and makers of what they are asked about."""

    def __init__(self, environment=os.environ):
        self.env = {name: environment[name] for name in VARIABLES}
        self.urls = _several(environment, "ALCHEMISCALE_URL", "ALCHEMISCALE_BESIDE_URL")
        self.compute_urls = _several(environment, "ALCHEMISCALE_COMPUTE_URL", "ALCHEMISCALE_BESIDE_COMPUTE_URL")
        #: in the names of scopes, networks, services and managers, so that runs on one server do not meet
        self.run = f"r{uuid.uuid4().hex[:8]}"
        self._folder = tempfile.TemporaryDirectory(prefix="alchemiscale-python-")
        self.folder = Path(self._folder.name)

    # clients

    def user_client(self, **options) -> AlchemiscaleClient:
        """Another client of the same user: nothing cached in memory."""
        return self._user_client(Recorded.turns.choice(self.urls), **options)

    def _user_client(self, url: str, prefix: str = "", **options) -> AlchemiscaleClient:
        identifier, key = (self.env[f"ALCHEMISCALE_{prefix}{name}"] for name in ("ID", "KEY"))
        return AlchemiscaleClient(url, identifier, key, **self._options(options))

    def compute_settings(self, prefix: str = "", url: str | None = None) -> dict[str, str]:
        return {
            "api_url": url or Recorded.turns.choice(self.compute_urls),
            "identifier": self.env[f"ALCHEMISCALE_{prefix}COMPUTE_ID"],
            "key": self.env[f"ALCHEMISCALE_{prefix}COMPUTE_KEY"],
        }

    def _options(self, options: dict) -> dict:
        # Few retries: a check that fails should say so, not wait for a minute.
        return {"max_retries": 1, "cache_directory": self.folder / "cache", **options}

    @cached_property
    def user(self) -> AlchemiscaleClient:
        return Recorded(*(self._user_client(url) for url in self.urls))

    @cached_property
    def limited(self) -> AlchemiscaleClient:
        return Recorded(*(self._user_client(url, "LIMITED_", use_local_cache=False) for url in self.urls))

    def _compute_clients(self, kind: type, prefix: str = ""):
        return Recorded(*(kind(**self.compute_settings(prefix, url), max_retries=1) for url in self.compute_urls))

    @cached_property
    def compute(self) -> AlchemiscaleComputeClient:
        return self._compute_clients(AlchemiscaleComputeClient)

    @cached_property
    def limited_compute(self) -> AlchemiscaleComputeClient:
        return self._compute_clients(AlchemiscaleComputeClient, "LIMITED_")

    @cached_property
    def manager(self) -> AlchemiscaleComputeManagerClient:
        return self._compute_clients(AlchemiscaleComputeManagerClient)

    @cached_property
    def demo(self):
        from checks_demo import Demo

        return Demo(os.environ)

    # names

    def scope(self, topic: str, campaign: str = "python") -> Scope:
        """A scope of this run alone."""
        return Scope("test", campaign, f"{self.run}_{topic}")

    def service_id(self, name: str = "svc") -> ComputeServiceID:
        return ComputeServiceID.new_from_name(f"{self.run}.{name}")

    def manager_id(self, name: str) -> ComputeManagerID:
        return ComputeManagerID.new_from_name(f"{self.run}.{name}")

    @contextmanager
    def service(self, name: str = "svc") -> Iterator[ComputeServiceID]:
        """A registered compute service."""
        service = self.compute.register(self.service_id(name))
        try:
            yield service
        finally:
            self.compute.deregister(service)

    def new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))

    # objects

    @cache
    def network(self, topic: str) -> AlchemicalNetwork:
        """Three transformations between three systems, and a system that stays what it is."""
        protocol = StepsProtocol(StepsSettings())
        systems = [system(f"{self.run} {topic} {i}", 0.1 * i) for i in range(4)]
        pairs = [(0, 1), (1, 2), (2, 0)]
        edges = [
            Transformation(systems[a], systems[b], protocol, name=f"{self.run} {topic} {a} to {b}") for a, b in pairs
        ]
        stays = NonTransformation(systems[3], protocol, name=f"{self.run} {topic} stays")
        return AlchemicalNetwork(edges=[*edges, stays], name=f"{self.run} {topic}")

    @cache
    def submitted(self, topic: str, campaign: str = "python") -> Submitted:
        """That network in the scope of its topic."""
        return self.submit(self.network(topic), self.scope(topic, campaign))

    def submit(self, network: AlchemicalNetwork, scope: Scope) -> Submitted:
        return Submitted(network, scope, self.user.create_network(network, scope, visualize=False))

    def one_edge(self, topic: str, protocol, extra: str = "") -> AlchemicalNetwork:
        """A network of one transformation by that protocol."""
        ends = [system(f"{self.run} {topic} {extra}{i}", 0.15) for i in range(2)]
        return AlchemicalNetwork(
            edges=[Transformation(*ends, protocol, name=f"{self.run} {topic} {extra}")],
            name=f"{self.run} {topic} {extra}",
        )

    # work

    def execute(self, task: ScopedKey, n_retries: int = 0) -> ProtocolDAGResult:
        """Runs a task here, as a compute service would, without pushing the result."""
        transformation, extends = self.compute.retrieve_task_transformation(task)
        dag = transformation.create(extends=extends, name=str(task))
        return execute_DAG(
            dag,
            shared_basedir=self.new_folder(),
            scratch_basedir=self.new_folder(),
            raise_error=False,
            n_retries=n_retries,
        )

    def claim(self, service: ComputeServiceID, scope: Scope, count: int = 1) -> list[ScopedKey]:
        """Claims that many tasks, all of which must be there."""
        tasks = self.compute.claim_tasks([scope], service, count=count)
        assert tasks is not None and None not in tasks, f"claimed {tasks}"
        return tasks

    def limited_claim(self, scope: Scope) -> list[ScopedKey | None] | None:
        """What the limited identity may claim there."""
        service = self.limited_compute.register(self.service_id("limited"))
        try:
            return self.limited_compute.claim_tasks([scope], service)
        finally:
            self.limited_compute.deregister(service)

    def run_tasks(self, scope: Scope, count: int, n_retries: int = 0) -> dict[ScopedKey, tuple[ScopedKey, ProtocolDAGResult]]:
        """Claims, runs and pushes; gives the reference and the result of each task."""
        done = {}
        with self.service("runner") as service:
            while len(done) < count:
                (task,) = self.claim(service, scope)
                result = self.execute(task, n_retries)
                done[task] = (self.compute.set_task_result(task, result, service), result)
        return done


def _several(environment, *names: str) -> list[str]:
    return [environment[name] for name in names if environment.get(name)]


class Submitted:
    """A network on the server, with the keys that its parts must have there."""

    def __init__(self, network: AlchemicalNetwork, scope: Scope, key: ScopedKey):
        self.network, self.scope, self.key = network, scope, key
        self.edges = sorted(network.edges, key=lambda edge: edge.name)

    def key_of(self, thing) -> ScopedKey:
        return ScopedKey(gufe_key=thing.key, **self.scope.to_dict())

    @property
    def transformations(self) -> list[ScopedKey]:
        return [self.key_of(edge) for edge in self.edges]

    @property
    def chemicalsystems(self) -> list[ScopedKey]:
        return [self.key_of(node) for node in self.network.nodes]

    def unknown(self, like: ScopedKey | None = None) -> ScopedKey:
        """A key in this scope under which nothing is stored."""
        return unknown(like or self.key)


def unknown(like: ScopedKey) -> ScopedKey:
    return ScopedKey(gufe_key=f"{like.qualname}-{'f' * 32}", org=like.org, campaign=like.campaign, project=like.project)


def unknown_task(scope: Scope) -> ScopedKey:
    return ScopedKey(gufe_key=f"Task-{'f' * 32}", **scope.to_dict())


def system(name: str, molar: float) -> ChemicalSystem:
    """Salt water of some concentration."""
    solvent = SolventComponent(ion_concentration=molar * unit.molar) if molar else SolventComponent()
    return ChemicalSystem({"solvent": solvent}, name=name)


@cache
def ligand(smiles: str, name: str) -> SmallMoleculeComponent:
    """A molecule with coordinates that are the same in every run."""
    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(molecule, randomSeed=7)
    return SmallMoleculeComponent.from_rdkit(molecule, name=name)


def ligand_network(name: str) -> AlchemicalNetwork:
    """Two ligands in water with an atom mapping, and texts and numbers that a careless server would change."""
    methanol, ethanol = ligand("CO", "méthanol ✓"), ligand("CCO", 'ethanol "quoted" \\ \n')
    mapping = LigandAtomMapping(methanol, ethanol, {0: 1, 1: 2}).with_annotations(
        {"score": 1.0, "tiny": 1e-07, "large": 2**70, "weird": float("inf"), "list": [1, 1.0, None, True]}
    )
    ends = [ChemicalSystem({"ligand": each, "solvent": SolventComponent()}, name=each.name) for each in (methanol, ethanol)]
    protocol = StepsProtocol(StepsSettings())
    return AlchemicalNetwork(edges=[Transformation(*ends, protocol, mapping=mapping, name=name)], name=name)


@contextmanager
def nothing_known() -> Iterator[None]:
    """gufe knows no objects in the block, so what is read there is built anew and its keys are computed anew."""
    kept = dict(TOKENIZABLE_REGISTRY)
    TOKENIZABLE_REGISTRY.clear()
    try:
        yield
    finally:
        TOKENIZABLE_REGISTRY.clear()
        TOKENIZABLE_REGISTRY.update(kept)
