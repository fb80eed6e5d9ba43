"""Submitting networks, finding one's way in them, reading them back."""

import json
import re

from alchemiscale import Scope
from alchemiscale.interface.client import AlchemiscaleClientError
from alchemiscale.models import ScopedKey
from alchemiscale.storage.models import NetworkStateEnum
from gufe import AlchemicalNetwork, NonTransformation, Transformation
from gufe.tokenization import JSON_HANDLER, KeyedChain
from harness import check, refused, same, same_members
from sample_protocols import StepsProtocol, StepsSettings
from world import ligand_network, nothing_known, system, unknown

MISSING = "Status Code 400 : Bad Request : 'No such object in database'"


def not_yours(scope) -> tuple[str, str]:
    """What the answer to a question about a scope says that a limited identity may not see."""
    return (
        f"Status Code 401 : Unauthorized : Targeted scope '{scope}' not accessible via scopes for this identity:",
        "test-limited-*",
    )


def text_of(thing) -> str:
    """All of an object, as text in which 1 and 1.0 differ."""
    chain = KeyedChain.gufe_to_keyed_chain_rep(thing)
    return json.dumps(sorted(chain), cls=JSON_HANDLER.encoder, sort_keys=True)


# submitting


@check("create_network: its key in the scope, however it is compressed, and the same again")
def create(world):
    network, scope = world.network("networks"), world.scope("networks")
    key = ScopedKey(gufe_key=network.key, **scope.to_dict())
    for options in ({"visualize": False}, {"compress": False}, {"compress": 1}, {"compress": 9}, {"compress": 0}):
        same(world.user.create_network(network, scope, **options), key)
    same(world.user.get_network_state(key), "active")


@check("create_network: a wildcard scope, equal states and an unknown state never leave the client")
def create_refused_here(world):
    network = world.network("networks")
    with refused(ValueError, "contains wildcards"):
        world.user.create_network(network, Scope("test", "python"))
    with refused(ValueError, "'nonsense' is not a valid NetworkStateEnum"):
        world.user.create_network(network, world.scope("networks"), state="nonsense")
    with refused(ValueError, "uses the same `ChemicalSystem`"):
        world.user.create_network(self_transformation(world), world.scope("networks"))


def self_transformation(world) -> AlchemicalNetwork:
    same_state = system(f"{world.run} same", 0.3)
    protocol = StepsProtocol(StepsSettings())
    return AlchemicalNetwork(edges=[Transformation(same_state, same_state, protocol, name="to itself")])


@check("POST /networks: equal states and an unknown state get a 422 from the server too")
def create_refused_there(world):
    def post(network, state):
        chain = KeyedChain.gufe_to_keyed_chain_rep(network)
        body = {"network": chain, "scope": world.scope("networks").to_dict(), "state": state}
        return world.user._post_resource("/networks", body, compress=True)

    with refused(AlchemiscaleClientError, status=422):
        post(self_transformation(world), "active")
    with refused(AlchemiscaleClientError, status=422):
        post(world.network("networks"), "nonsense")


@check("create_network: 401 in a scope of others")
def create_elsewhere(world):
    scope = world.scope("networks")
    with refused(AlchemiscaleClientError, *not_yours(scope), status=401):
        world.limited.create_network(world.network("networks"), scope, visualize=False)
    allowed = Scope("test", "limited", world.run)
    same(str(world.limited.create_network(world.network("networks"), allowed, visualize=False).scope), str(allowed))


@check("check_exists: for everything in a network; False for others; 422 for what is no key")
def exists(world):
    its = world.submitted("networks")
    things = [its.network, *its.edges, *its.network.nodes, its.edges[0].protocol]
    things += [component for node in its.network.nodes for component in node.components.values()]
    for thing in things:
        same((thing.key, world.user.check_exists(its.key_of(thing))), (thing.key, True))
    same(world.user.check_exists(str(its.key)), True)
    same(world.user.check_exists(its.unknown()), False)
    with refused(AlchemiscaleClientError, "input does not appear to be a `ScopedKey`", status=422):
        world.user.check_exists("not-a-key")
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.check_exists(its.key)


# finding one's way


@check("get_network_transformations")
def transformations(world):
    its = world.submitted("networks")
    same_members(world.user.get_network_transformations(its.key), its.transformations)
    same(world.user.get_network_transformations(its.unknown()), [])
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_network_transformations(its.key)


@check("get_network_chemicalsystems")
def chemicalsystems(world):
    its = world.submitted("networks")
    same_members(world.user.get_network_chemicalsystems(its.key), its.chemicalsystems)
    same(world.user.get_network_chemicalsystems(its.unknown()), [])
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_network_chemicalsystems(its.key)


@check("get_transformation_networks, get_chemicalsystem_networks: every network that shares it")
def networks_of(world):
    its = world.submitted("networks")
    edge = next(edge for edge in its.edges if isinstance(edge, Transformation))
    smaller = world.submit(AlchemicalNetwork(edges=[edge], name=f"{world.run} smaller"), its.scope)
    same_members(world.user.get_transformation_networks(its.key_of(edge)), [its.key, smaller.key])
    same_members(world.user.get_chemicalsystem_networks(its.key_of(edge.stateA)), [its.key, smaller.key])
    others = [other for other in its.edges if other is not edge]
    for other in others:
        same(world.user.get_transformation_networks(its.key_of(other)), [its.key])
    same(world.user.get_transformation_networks(unknown(its.key_of(edge))), [])
    same(world.user.get_chemicalsystem_networks(unknown(its.key_of(edge.stateA))), [])


@check("get_transformation_chemicalsystems: state A, then state B; one for a NonTransformation")
def systems_of_transformation(world):
    its = world.submitted("networks")
    for edge in its.edges:
        states = [edge.system] if isinstance(edge, NonTransformation) else [edge.stateA, edge.stateB]
        same(
            world.user.get_transformation_chemicalsystems(its.key_of(edge)), [its.key_of(state) for state in states]
        )
    same(world.user.get_transformation_chemicalsystems(unknown(its.transformations[0])), [])


@check("get_chemicalsystem_transformations")
def transformations_of_system(world):
    its = world.submitted("networks")
    for node in its.network.nodes:
        touching = [edge for edge in its.edges if node in _ends(edge)]
        found = world.user.get_chemicalsystem_transformations(its.key_of(node))
        same_members(found, [its.key_of(edge) for edge in touching])
    same(world.user.get_chemicalsystem_transformations(unknown(its.chemicalsystems[0])), [])


def _ends(edge):
    return [edge.system] if isinstance(edge, NonTransformation) else [edge.stateA, edge.stateB]


# reading back


@check("get_network, get_transformation, get_chemicalsystem: equal, and their keys computed anew are the same")
def read_back(world):
    its = world.submit(ligand_network(f"{world.run} ligands"), world.scope("ligands"))
    edge = its.edges[0]
    for getter, thing in (("get_network", its.network), ("get_transformation", edge), ("get_chemicalsystem", edge.stateB)):
        expected = text_of(thing)
        for options in ({"compress": True, "visualize": False}, {"compress": False}):
            client = world.user_client(use_local_cache=False)
            with nothing_known():
                found = getattr(client, getter)(str(its.key_of(thing)), **options)
                assert found is not thing, "the object came from memory"
                same(found.key, thing.key)
                same(text_of(found), expected)
        same(getattr(world.user, getter)(its.key_of(thing), visualize=False).key, thing.key)


@check("GET /networks/…: a keyed chain, root last, each object after those it refers to")
def chain_order(world):
    its = world.submitted("networks")
    chain = world.user._get_resource(f"/networks/{its.key}")
    same(chain[-1][0], its.network.key)
    seen = set()
    for key, fields in chain:
        assert key not in seen, f"{key} comes twice"
        referred = set(re.findall(r'":gufe-key:": "([^"]+)"', json.dumps(fields, cls=JSON_HANDLER.encoder)))
        assert referred <= seen, f"{key} comes before {referred - seen}"
        seen.add(key)


@check("a network of many transformations comes back whole")
def larger(world):
    protocol = StepsProtocol(StepsSettings())
    systems = [system(f"{world.run} larger {i}", 0.01 * i) for i in range(60)]
    edges = [
        Transformation(systems[i], systems[(i + step) % 60], protocol, name=f"{i} + {step}")
        for i in range(60)
        for step in (1, 2)
    ]
    its = world.submit(AlchemicalNetwork(edges=edges, name=f"{world.run} larger"), world.scope("larger"))
    with nothing_known():
        found = world.user.get_network(its.key, visualize=False)
        same(found.key, its.network.key)
        same_members([edge.key for edge in found.edges], [edge.key for edge in edges])
    same_members(world.user.get_network_transformations(its.key), its.transformations)


@check("a missing network, transformation or system: 400 'No such object in database'; 401 in a scope of others")
def missing(world):
    its = world.submitted("networks")
    for getter, key in (
        ("get_network", its.key),
        ("get_transformation", its.transformations[0]),
        ("get_chemicalsystem", its.chemicalsystems[0]),
    ):
        with refused(AlchemiscaleClientError, MISSING, status=400):
            getattr(world.user, getter)(unknown(key), visualize=False)
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            getattr(world.limited, getter)(key, visualize=False)


# queries


@check("query_networks: by scope, by name as a pattern that must match the whole")
def query_networks(world):
    one, two = world.submitted("query"), world.submitted("query_more")
    same(world.user.query_networks(scope=one.scope), [one.key])
    campaign = Scope("test", "python")
    pattern = f"{world.run} query.*"
    same_members(world.user.query_networks(name=pattern, scope=campaign), [one.key, two.key])
    same(world.user.query_networks(name=f"{world.run} query"), [one.key])
    same(world.user.query_networks(name=f"{world.run} quer"), [])
    same(world.user.query_networks(name=f"{world.run} (query|nothing)"), [one.key])
    assert two.key in world.user.query_networks()
    same(world.limited.query_networks(scope=one.scope), [])
    found = world.limited.query_networks()
    assert found and all(key.scope.campaign == "limited" for key in found), f"{found}"


@check("query_networks: a pattern that cannot be read is a 400", stricter=True)
def query_bad_pattern(world):
    for name in ("[", "(", "*"):
        with refused(AlchemiscaleClientError, status=400):
            world.user.query_networks(name=name, state=None)


@check("query_transformations, query_chemicalsystems: by scope, by exact name")
def query_parts(world):
    its = world.submitted("query")
    same_members(world.user.query_transformations(scope=its.scope), its.transformations)
    same_members(world.user.query_chemicalsystems(scope=its.scope), its.chemicalsystems)
    edge, node = its.edges[0], its.edges[0].stateA
    same(world.user.query_transformations(name=edge.name), [its.key_of(edge)])
    same(world.user.query_transformations(name=edge.name, scope=its.scope), [its.key_of(edge)])
    same(world.user.query_chemicalsystems(name=node.name), [its.key_of(node)])
    same(world.user.query_transformations(name=f"{world.run}.*"), [])
    same(world.user.query_chemicalsystems(name=node.name, scope=world.scope("query_more")), [])
    same(world.limited.query_transformations(scope=its.scope), [])
    assert set(its.transformations) <= set(world.user.query_transformations())


# states


@check("get/set_network(s)_state: aligned, None for a missing network")
def states(world):
    one, two = world.submitted("states"), world.submitted("states_more")
    same(world.user.get_networks_state([one.key, one.unknown(), two.key]), ["active", None, "active"])
    same(world.user.set_network_state(one.key, "inactive"), one.key)
    same(world.user.get_network_state(one.key), "inactive")
    same(
        world.user.set_networks_state([two.key, one.unknown(), one.key], ["deleted", "active", "invalid"]),
        [two.key, None, one.key],
    )
    same(world.user.get_networks_state([one.key, two.key]), ["invalid", "deleted"])
    same(world.user.get_network_state(one.unknown()), None)
    same(world.user.set_network_state(one.unknown(), "active"), None)


@check("query_networks: by state, active unless asked otherwise")
def query_states(world):
    its = world.submitted("query_states")
    same(world.user.query_networks(scope=its.scope), [its.key])
    world.user.set_network_state(its.key, "inactive")
    same(world.user.query_networks(scope=its.scope), [])
    for state in ("inactive", NetworkStateEnum.inactive, "(in)?active|deleted", "in.*", None):
        same(world.user.query_networks(scope=its.scope, state=state), [its.key])
    for state in ("active", "activ", "act.*"):
        same(world.user.query_networks(scope=its.scope, state=state), [])
    submitted = world.user.create_network(its.network, its.scope, state="deleted", visualize=False)
    same(submitted, its.key)
    same(world.user.get_network_state(its.key), "deleted")


@check("set_networks_state: all or nothing, with a reason")
def states_refused(world):
    its, other = world.submitted("states_refused"), world.submitted("states")
    valid = "Valid values include: ['active', 'inactive', 'invalid', 'deleted']"
    with refused(AlchemiscaleClientError, f"400 : Bad Request : 'nonsense' is not a valid state. {valid}", status=400):
        world.user.set_networks_state([its.key, other.key], ["inactive", "nonsense"])
    with refused(AlchemiscaleClientError, "networks and states must have the same length", status=400):
        world.user.set_networks_state([its.key, other.key], ["inactive"])
    with refused(
        AlchemiscaleClientError, "`network` ScopedKey does not correspond to an `AlchemicalNetwork`", status=400
    ):
        world.user.set_networks_state([its.key, its.transformations[0]], ["inactive", "inactive"])
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.set_network_state(its.key, "inactive")
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_network_state(its.key)
    same(world.user.get_network_state(its.key), "active")
