"""Networks of the TypeScript package's protocols, computed by its compute service, as a Python user sees them."""

import json
import math
import time

from alchemiscale import Scope, ScopedKey
from alchemiscale_ts.protocols.gromacs_hydration import GromacsHydrationProtocol
from alchemiscale_ts.protocols.harmonic import (
    HarmonicProtocol,
    HarmonicProtocolResult,
    HarmonicProtocolSettings,
    HarmonicWell,
    exact_free_energy,
)
from alchemiscale_ts.protocols.testing import FailingProtocol
from gufe import AlchemicalNetwork, ChemicalSystem, Transformation
from gufe.tokenization import GufeTokenizable, KeyedChain
from harness import check, same, same_members
from openff.units import unit
from world import nothing_known

QUIET = {"visualize": False}
KCAL = unit.kilocalorie_per_mole

WELLS = {"A": (1000, 0.0, 0.0), "B": (2000, 0.04, 4.0), "C": (500, 0.09, -3.0), "D": (4000, 0.02, 1.5)}
EDGES = ["A-B", "B-C", "C-A", "A-D", "B-D"]


def harmonic_network(name: str, **settings) -> AlchemicalNetwork:
    """The network of the demonstration, built from the Python classes."""
    protocol = HarmonicProtocol(HarmonicProtocolSettings(**settings))
    systems = {
        well: ChemicalSystem(
            {"well": HarmonicWell(name=well, force_constant=constant, minimum=minimum, offset=offset)}, name=well
        )
        for well, (constant, minimum, offset) in WELLS.items()
    }
    edges = []
    for edge in EDGES:
        a, b = edge.split("-")
        edges.append(Transformation(systems[a], systems[b], protocol, name=f"{a} to {b}"))
    return AlchemicalNetwork(edges=edges, name=name)


class Demo:
    """What the TypeScript side submitted, and what it found there, from the variable ALCHEMISCALE_DEMO."""

    def __init__(self, environment):
        facts = json.loads(environment["ALCHEMISCALE_DEMO"])
        self.name, self.settings = facts["name"], facts["settings"]
        self.harmonic, self.failing, self.hydration = (
            ScopedKey.from_str(facts[name]) for name in ("harmonic", "failing", "hydration")
        )
        #: by transformation: `estimate` and `uncertainty` in kcal/mol, `results`: keys of the ProtocolDAGResults
        self.results = {ScopedKey.from_str(key): result for key, result in facts["results"].items()}


def exact(transformation: Transformation) -> float:
    ends = [state.components["well"] for state in (transformation.stateA, transformation.stateB)]
    temperature = transformation.protocol.settings.temperature
    return float(exact_free_energy(*ends, temperature).m_as(KCAL))


@check("get_network: classes of Python, keys computed anew are those of TypeScript")
def network(world):
    demo = world.demo
    built = harmonic_network(demo.name, **demo.settings)
    same(built.key, demo.harmonic.gufe_key)
    with nothing_known():
        for key, protocol in (
            (demo.harmonic, HarmonicProtocol),
            (demo.failing, FailingProtocol),
            (demo.hydration, GromacsHydrationProtocol),
        ):
            found = world.user.get_network(key, **QUIET)
            same(found.key, key.gufe_key)
            same({type(edge.protocol) for edge in found.edges}, {protocol})
            transformations = world.user.get_network_transformations(key)
            same_members([edge.key for edge in found.edges], [each.gufe_key for each in transformations])


@check("every object of every network: the key that was stated is the key that Python computes")
def all_keys(world):
    for network in (world.demo.harmonic, world.demo.failing, world.demo.hydration):
        chain = world.user._get_resource(f"/networks/{network}")
        for end in range(1, len(chain) + 1):
            with nothing_known():
                same(GufeTokenizable.from_keyed_chain(chain[:end]).key, chain[end - 1][0])


@check("get_network_results: estimates as TypeScript's client gathers them, near the exact values")
def estimates(world):
    demo = world.demo
    gathered = world.user.get_network_results(demo.harmonic, **QUIET)
    same_members(gathered, demo.results)
    for key, result in gathered.items():
        assert isinstance(result, HarmonicProtocolResult)
        expected = demo.results[key]
        same(result.n_protocol_dag_results, len(expected["results"]))
        estimate, uncertainty = result.get_estimate(), result.get_uncertainty()
        assert estimate.is_compatible_with(KCAL)
        for found, said in ((estimate, expected["estimate"]), (uncertainty, expected["uncertainty"])):
            assert math.isclose(found.m_as(KCAL), said, rel_tol=1e-9, abs_tol=1e-12), f"{key}: {found}, not {said}"
        transformation = world.user.get_transformation(key, **QUIET)
        difference = abs(estimate.m_as(KCAL) - exact(transformation))
        assert difference < 0.5, f"{transformation.name}: {difference} kcal/mol from the exact value"


@check("get_transformation_results: raw results whose keys computed anew are the same; gather them oneself")
def raw_results(world):
    demo = world.demo
    for key, expected in demo.results.items():
        transformation = world.user.get_transformation(key, **QUIET)
        with nothing_known():
            raw = world.user_client(use_local_cache=False).get_transformation_results(
                key, return_as="ProtocolDAGResults", **QUIET
            )
            same_members([result.key for result in raw], expected["results"])
            same([result.ok() for result in raw], [True] * len(raw))
            same({result.transformation_key for result in raw}, {key.gufe_key})
            assert all(len(result.graph) == len(result.protocol_unit_results) for result in raw)
            for result in raw:
                chain = KeyedChain.gufe_to_keyed_chain_rep(result)
                with nothing_known():
                    same(GufeTokenizable.from_keyed_chain(chain).key, result.key)
        gathered = transformation.gather(raw)
        assert math.isclose(gathered.get_estimate().m_as(KCAL), expected["estimate"], rel_tol=1e-9)


@check("get_network_archive: the network with all its results")
def archive(world):
    demo = world.demo
    found = world.user.get_network_archive(demo.harmonic, metadata={"made": "here"})
    same(found.network.key, demo.harmonic.gufe_key)
    same(
        {transformation.key: sorted(result.key for result in results) for transformation, results in found.transformation_results},
        {key.gufe_key: sorted(expected["results"]) for key, expected in demo.results.items()},
    )


@check("get_network_failures: why a unit failed, with the traceback of TypeScript")
def failures(world):
    (results,) = world.user.get_network_failures(world.demo.failing, **QUIET).values()
    (result,) = results
    same(result.ok(), False)
    for failure in result.protocol_unit_failures:
        same(failure.name, "fails")
        assert "Error" in failure.exception[0] and "\n    at " in failure.traceback, failure.traceback


@check("a network built in Python, submitted from Python, computed by the TypeScript service")
def built_here(world):
    scope = Scope("test", "python", f"{world.run}_built")
    # A half-written number of kelvins and a name that needs care.
    network = harmonic_network(f"{world.run} bält", n_repeats=2, n_windows=3, n_samples=50, temperature=310 * unit.kelvin)
    key = world.user.create_network(network, scope, **QUIET)
    (first, *others) = world.user.get_network_transformations(key)
    (task,) = world.user.create_tasks(first)
    (extending,) = world.user.create_tasks(first, extends=task)
    tasks = [task, extending, *world.user.create_transformations_tasks(others)]
    same(world.user.action_tasks(tasks, key), tasks)
    deadline = time.monotonic() + 120
    while world.user.get_network_status(key, **QUIET) != {"complete": len(tasks)} and time.monotonic() < deadline:
        time.sleep(0.5)
    same(world.user.get_network_status(key, **QUIET), {"complete": len(tasks)})
    ((before,), (after,)) = (world.user.get_task_results(each, **QUIET) for each in (task, extending))
    same((before.extends_key, after.extends_key), (None, before.key))
    for transformation in network.edges:
        result = world.user.get_transformation_results(
            ScopedKey(gufe_key=transformation.key, **scope.to_dict()), **QUIET
        )
        same(len(result.data["estimates"]), 2)
        assert abs(result.get_estimate().m_as(KCAL) - exact(transformation)) < 0.7
