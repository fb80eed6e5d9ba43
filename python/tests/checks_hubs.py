"""Offering tasks to compute services: actions, weights of tasks and of networks, status counts."""

from alchemiscale import AlchemiscaleClient, Scope
from alchemiscale.interface.client import AlchemiscaleClientError
from alchemiscale.storage.models import NetworkStateEnum
from checks_networks import not_yours
from gufe import AlchemicalNetwork
from harness import check, refused, same, same_members
from world import unknown_task

NO_NETWORK = "400 : Bad Request : `network` ScopedKey does not correspond to an `AlchemicalNetwork`"


@check("action_tasks: aligned, in order; None for what is actioned already, missing, or of another network")
def action(world):
    its, other = world.submitted("action"), world.submitted("action_other")
    tasks = world.user.create_transformations_tasks(its.transformations)
    (foreign,) = world.user.create_tasks(other.transformations[0])
    (gone,) = world.user.create_tasks(its.transformations[0])
    world.user.set_tasks_status([gone], "deleted")
    asked = [tasks[2], foreign, tasks[0], unknown_task(its.scope), gone]
    same(world.user.action_tasks(asked, its.key), [tasks[2], None, tasks[0], None, None])
    same(world.user.action_tasks(tasks, its.key), [None, tasks[1], None, tasks[3]])
    same_members(world.user.get_network_actioned_tasks(its.key), tasks)
    same(world.user.action_tasks([], its.key), [])
    same(world.user.action_tasks(tasks[:1], its.unknown()), [None])
    same(world.user.get_tasks_status(tasks), ["waiting"] * 4)


@check("action_tasks: 0.5 unless weights are given, which change old actions too")
def action_weights(world):
    its = world.submitted("action_weights")
    a, b, c, d = tasks = world.user.create_tasks(its.transformations[0], count=4)
    weights = lambda: world.user.get_network_actioned_tasks(its.key, task_weights=True)  # noqa: E731
    world.user.action_tasks([a, b], its.key)
    same(weights(), {a: 0.5, b: 0.5})
    same(world.user.action_tasks([b, c], its.key, weight=0.25), [None, c])
    same(weights(), {a: 0.5, b: 0.25, c: 0.25})
    same(world.user.action_tasks(tasks, its.key, weight=[0, 1, 0.125, 1.0]), [None, None, None, d])
    same(weights(), {a: 0, b: 1, c: 0.125, d: 1})
    same(world.user.action_tasks(tasks, its.key), [None] * 4)
    same(weights(), {a: 0, b: 1, c: 0.125, d: 1})


@check("action_tasks: bad weights, what is no network, and scopes of others are refused", stricter=True)
def action_refused(world):
    its = world.submitted("action_refused")
    tasks = world.user.create_tasks(its.transformations[0], count=2)
    with refused(AlchemiscaleClientError, "weight (when in a list) must have the same length as tasks", status=400):
        world.user.action_tasks(tasks, its.key, weight=[0.5])
    for weight in (1.5, -0.1, [0.5, 1.5]):
        with refused(AlchemiscaleClientError, "weight must be between 0 and 1 (inclusive)", status=400):
            world.user.action_tasks(tasks, its.key, weight=weight)
    with refused(AlchemiscaleClientError, NO_NETWORK, status=400):
        world.user.action_tasks(tasks, its.transformations[0])
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.action_tasks(tasks, its.key)
    same(world.user.get_network_actioned_tasks(its.key), [])


@check("cancel_tasks: aligned; None for what is not actioned here")
def cancel(world):
    its = world.submitted("cancel")
    a, b, c = tasks = world.user.create_tasks(its.transformations[0], count=3)
    world.user.action_tasks([a, b], its.key)
    same(world.user.cancel_tasks([c, a, unknown_task(its.scope)], its.key), [None, a, None])
    same(world.user.get_network_actioned_tasks(its.key), [b])
    same(world.user.cancel_tasks([a, b], its.key), [None, b])
    same(world.user.get_tasks_status(tasks), ["waiting"] * 3)
    same(world.user.action_tasks([a], its.key), [a])
    same(world.user.cancel_tasks([], its.key), [])
    same(world.user.cancel_tasks([a], its.unknown()), [None])
    with refused(AlchemiscaleClientError, NO_NETWORK, status=400):
        world.user.cancel_tasks([a], its.transformations[0])
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.cancel_tasks([a], its.key)


@check("get_network(s)_actioned_tasks, get_task_actioned_networks: as lists and with weights")
def actioned(world):
    its = world.submitted("actioned")
    edge = its.edges[0]
    both = world.submit(AlchemicalNetwork(edges=[edge], name=f"{world.run} actioned too"), its.scope)
    a, b = world.user.create_tasks(its.key_of(edge), count=2)
    world.user.action_tasks([a, b], its.key, weight=0.75)
    world.user.action_tasks([a], both.key, weight=1)
    same_members(world.user.get_network_actioned_tasks(its.key), [a, b])
    same(world.user.get_network_actioned_tasks(its.unknown()), [])
    same(world.user.get_network_actioned_tasks(its.unknown(), task_weights=True), {})
    as_lists = world.user.get_networks_actioned_tasks([both.key, its.unknown(), its.key])
    same([sorted(map(str, each)) for each in as_lists], [[str(a)], [], sorted([str(a), str(b)])])
    with_weights = world.user.get_networks_actioned_tasks([both.key, its.unknown(), its.key], task_weights=True)
    same(with_weights, [{a: 1}, {}, {a: 0.75, b: 0.75}])
    same_members(world.user.get_task_actioned_networks(a), [its.key, both.key])
    same(world.user.get_task_actioned_networks(a, task_weights=True), {its.key: 0.75, both.key: 1})
    same(world.user.get_task_actioned_networks(b), [its.key])
    same(world.user.get_task_actioned_networks(unknown_task(its.scope)), [])
    same(world.user.get_task_actioned_networks(unknown_task(its.scope), task_weights=True), {})


@check("actioned tasks: refused for what is no network and in scopes of others")
def actioned_refused(world):
    its = world.submitted("actioned")
    (task, *_) = world.user.get_network_actioned_tasks(its.key)
    with refused(AlchemiscaleClientError, NO_NETWORK, status=400):
        world.user.get_network_actioned_tasks(its.transformations[0])
    for ask in (
        lambda: world.limited.get_network_actioned_tasks(its.key),
        lambda: world.limited.get_networks_actioned_tasks([its.key]),
        lambda: world.limited.get_task_actioned_networks(task),
    ):
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            ask()


# weights of networks


@check("get/set_network(s)_weight: 0.5 at first, aligned over batches")
def weights(world):
    one, two = world.submitted("weights"), world.submitted("weights_more")
    same(world.user.get_network_weight(one.key), 0.5)
    same(world.user.set_network_weight(one.key, 1), one.key)
    same(world.user.get_network_weight(one.key), 1)
    same(world.user.set_network_weight(one.key, 0), one.key)
    same(world.user.get_network_weight(one.key), 0)
    same(world.user.set_networks_weight([two.key, one.key], [0.125, 0.75], batch_size=1), [two.key, one.key])
    same(world.user.get_networks_weight([one.key, two.key, one.key], batch_size=2), [0.75, 0.125, 0.75])
    same(world.user.get_networks_weight([]), [])
    same(world.user.set_network_weight(one.unknown(), 0.5), None)
    same(world.user.set_networks_weight([one.unknown(), one.key], [0.5, 0.5]), [None, one.key])


@check("get_network(s)_weight: None for a missing network", stricter=True)
def weight_of_missing(world):
    its = world.submitted("weights")
    same(world.user.get_network_weight(its.unknown()), None)
    same(world.user.get_networks_weight([its.key, its.unknown()]), [0.5, None])


@check("set_network(s)_weight: between 0 and 1, all or nothing, networks only")
def weights_refused(world):
    its, other = world.submitted("weights_refused"), world.submitted("weights_more")
    for weight in (1.5, -0.1, float("nan")):
        with refused(AlchemiscaleClientError, "all `weights` must be between 0 and 1 (inclusive)", status=400):
            world.user.set_network_weight(its.key, weight)
    with refused(AlchemiscaleClientError, "all `weights` must be ", status=400):
        world.user.set_networks_weight([its.key, other.key], [0.1, 1.1])
    with refused(
        AlchemiscaleClientError, "a `networks` ScopedKey does not correspond to an `AlchemicalNetwork`", status=400
    ):
        world.user.set_network_weight(its.transformations[0], 0.5)
    for ask in (
        lambda: world.limited.get_network_weight(its.key),
        lambda: world.limited.set_network_weight(its.key, 1),
        lambda: world.limited.get_networks_weight([its.key]),
        lambda: world.limited.set_networks_weight([its.key], [1]),
    ):
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            ask()
    same(world.user.get_network_weight(its.key), 0.5)


# status counts


@check("get_network(s)_status, get_transformation_status: only statuses that occur")
def status_counts(world):
    its = world.submitted("status")
    one, two = its.transformations[:2]
    tasks = world.user.create_transformations_tasks([one, one, two])
    world.user.set_tasks_status(tasks[:1], "invalid")
    quiet = {"visualize": False}
    same(world.user.get_network_status(its.key, **quiet), {"waiting": 2, "invalid": 1})
    same(world.user.get_network_status(its.key), {"waiting": 2, "invalid": 1})
    same(world.user.get_networks_status([its.unknown(), its.key]), [{}, {"waiting": 2, "invalid": 1}])
    same(world.user.get_transformation_status(one, **quiet), {"waiting": 1, "invalid": 1})
    same(world.user.get_transformation_status(two, **quiet), {"waiting": 1})
    same(world.user.get_transformation_status(its.transformations[2], **quiet), {})
    same(world.user.get_network_status(its.unknown(), **quiet), {})
    same(world.user.get_networks_status([]), [])
    for ask in (
        lambda: world.limited.get_network_status(its.key, **quiet),
        lambda: world.limited.get_networks_status([its.key]),
        lambda: world.limited.get_transformation_status(one, **quiet),
    ):
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            ask()


@check("get_scope_status: each task once, by scope and state of its networks; nothing of others")
def scope_status(world):
    its = world.submitted("scope_status")
    edge = its.edges[0]
    also = world.submit(AlchemicalNetwork(edges=[edge], name=f"{world.run} scope status too"), its.scope)
    tasks = world.user.create_tasks(its.key_of(edge), count=2)
    world.user.create_tasks(its.transformations[1], count=1)
    world.user.set_tasks_status(tasks[:1], "deleted")

    def counts(client: AlchemiscaleClient = world.user, **options):
        return client.get_scope_status(its.scope, visualize=False, **options)

    same(counts(), {"waiting": 2, "deleted": 1})
    world.user.set_network_state(its.key, "inactive")
    same(counts(), {"waiting": 1, "deleted": 1})
    same(counts(network_state=NetworkStateEnum.inactive), {"waiting": 2, "deleted": 1})
    same(counts(network_state="(in)?active|deleted"), {"waiting": 2, "deleted": 1})
    world.user.set_network_state(also.key, "invalid")
    same(counts(), {})
    same(counts(network_state=None), {"waiting": 2, "deleted": 1})
    same(counts(world.limited, network_state=None), {})
    everything = world.user.get_scope_status(network_state=None)
    assert everything["waiting"] >= 2 and everything["deleted"] >= 1, f"{everything}"
    campaign = world.user.get_scope_status(Scope("test", "python"), visualize=False, network_state=None)
    assert campaign["waiting"] >= 2, f"{campaign}"
