"""What a compute service says: register, beat, find hubs, claim, fetch, push, leave."""

from alchemiscale import Scope
from alchemiscale.compute.client import AlchemiscaleComputeClientError
from alchemiscale.models import ScopedKey
from alchemiscale.storage.models import ComputeManagerID, ComputeServiceID
from checks_networks import not_yours
from gufe import Transformation
from harness import check, refused, same, same_members
from sample_protocols import StepsProtocol, StepsSettings, UnsteadyProtocol, UnsteadySettings, total_of
from world import nothing_known, unknown, unknown_task


@check("register, heartbeat, deregister: each answers with the id")
def life(world):
    service = world.service_id("life.x:y_z")
    for answer in (
        world.compute.register(service),
        world.compute.heartbeat(service),
        world.compute.deregister(service),
        world.compute.heartbeat(service),
    ):
        same((type(answer), answer), (ComputeServiceID, service))


@check("register twice, deregister an unknown service: accepted", stricter=True)
def life_again(world):
    service = world.service_id("again")
    same(world.compute.register(service), service)
    same(world.compute.register(service), service)
    same(world.compute.deregister(service), service)
    same(world.compute.deregister(service), service)


@check("register under a manager that does not exist: 422")
def unknown_manager(world):
    manager = ComputeManagerID.new_from_name(f"{world.run}.nobody")
    with refused(AlchemiscaleComputeClientError, "Could not find ComputeManagerRegistration", status=422):
        world.compute.register(world.service_id("orphan"), manager)


@check("query_taskhubs: keys, or hubs with network and weight, by scope")
def taskhubs(world):
    one, two = world.submitted("taskhubs"), world.submitted("taskhubs_more")
    world.user.set_network_weight(two.key, 0.125)
    hubs = world.compute.query_taskhubs([one.scope, two.scope], return_gufe=True)
    same({str(hub.network): hub.weight for hub in hubs.values()}, {str(one.key): 0.5, str(two.key): 0.125})
    for key, hub in hubs.items():
        same((key.qualname, key.gufe_key), ("TaskHub", hub.key))
    same_members(world.compute.query_taskhubs([one.scope, two.scope]), hubs)
    same(len(world.compute.query_taskhubs([one.scope])), 1)
    assert set(hubs) <= set(world.compute.query_taskhubs([Scope()]))
    same(world.limited_compute.query_taskhubs([one.scope]), [])
    same(world.limited_compute.query_taskhubs([one.scope], return_gufe=True), {})


@check("claim_tasks: by priority, exactly as many entries as asked for, and running from then on")
def claim(world):
    its = world.submitted("claim")
    low, high, middle = tasks = world.user.create_tasks(its.transformations[0], count=3)
    (idle,) = world.user.create_tasks(its.transformations[0])
    for task, priority in ((low, 30), (middle, 20), (high, 1)):
        world.user.set_tasks_priority([task], priority)
    world.user.action_tasks(tasks, its.key)
    with world.service() as service:
        same(world.compute.claim_tasks([its.scope], service, count=2), [high, middle])
        same(world.user.get_tasks_status([high, middle, low]), ["running", "running", "waiting"])
        same(world.compute.claim_tasks([its.scope], service, count=3), [low, None, None])
        same(world.compute.claim_tasks([its.scope], service), [None])
        same(world.user.get_network_status(its.key, visualize=False), {"running": 3, "waiting": 1})
    same(world.user.get_tasks_status([*tasks, idle]), ["waiting"] * 4)


@check("claim_tasks: within scopes, less those excluded, of the protocols asked for")
def claim_filters(world):
    its = world.submitted("filters")
    campaign = Scope("test", "python")
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    with world.service() as service:
        ask = lambda scopes, **options: world.compute.claim_tasks(scopes, service, **options)  # noqa: E731
        same(ask([world.scope("nothing_here")]), [None])
        same(ask([its.scope], scopes_exclude=[campaign]), [None])
        same(ask([its.scope], scopes_exclude=[its.scope, world.scope("nothing_here")]), [None])
        same(ask([its.scope], protocols=["DummyProtocol"]), [None])
        same(world.limited_claim(its.scope), [None])
        same(ask([its.scope], protocols=["DummyProtocol", "StepsProtocol"], scopes_exclude=[Scope("other")]), [task])


@check("claim_tasks: no task of weight 0, of a network of weight 0, or extending what is not complete")
def claim_not(world):
    its = world.submitted("claim_not")
    parent, weightless = world.user.create_tasks(its.transformations[0], count=2)
    (child,) = world.user.create_tasks(its.transformations[0], extends=parent)
    world.user.action_tasks([weightless], its.key, weight=0)
    world.user.action_tasks([child], its.key)
    with world.service() as service:
        same(world.compute.claim_tasks([its.scope], service, count=2), [None, None])
        world.user.action_tasks([parent], its.key)
        world.user.set_network_weight(its.key, 0)
        same(world.compute.claim_tasks([its.scope], service, count=2), [None, None])
        world.user.set_network_weight(its.key, 1)
        same(world.compute.claim_tasks([its.scope], service, count=2), [parent, None])
        world.compute.set_task_result(parent, world.execute(parent), service)
        same(world.compute.claim_tasks([its.scope], service, count=2), [child, None])


@check("claim_tasks by a service that is not registered: None, and nothing is claimed", stricter=True)
def claim_unregistered(world):
    its = world.submitted("unregistered")
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    (hub,) = world.compute.query_taskhubs([its.scope])
    same(world.compute.claim_tasks([its.scope], world.service_id()), None)
    same(world.compute.claim_taskhub_tasks(hub, world.service_id(), count=2), [None, None])
    same(world.user.get_tasks_status([task]), ["waiting"])


@check("claim_taskhub_tasks: from that hub alone")
def claim_hub(world):
    its = world.submitted("claim_hub")
    tasks = world.user.create_tasks(its.transformations[0], count=2)
    world.user.action_tasks(tasks, its.key)
    (hub,) = world.compute.query_taskhubs([its.scope])
    with world.service() as service:
        same(world.compute.claim_taskhub_tasks(hub, service, count=2, protocols=["DummyProtocol"]), [None, None])
        claimed = world.compute.claim_taskhub_tasks(hub, service, count=3)
        same_members(claimed[:2], tasks)
        same(claimed[2], None)
        same(world.compute.claim_taskhub_tasks(hub, service), [None])
        with refused(AlchemiscaleComputeClientError, *not_yours(its.scope), status=401):
            world.limited_compute.claim_taskhub_tasks(hub, service)


@check("retrieve_task_transformation: equal, its keys computed anew are the same, and the result of what is extended")
def retrieve(world):
    its = world.submitted("retrieve")
    transformation = its.transformations[0]
    (first,) = world.user.create_tasks(transformation)
    (second,) = world.user.create_tasks(transformation, extends=first)
    world.user.action_tasks([first, second], its.key)
    with nothing_known():
        found, extends = world.compute.retrieve_task_transformation(first)
        assert isinstance(found, Transformation) and found is not its.edges[0]
        same((found.key, extends), (its.edges[0].key, None))
    ((_, result),) = world.run_tasks(its.scope, 1).values()
    with nothing_known():
        found, extends = world.compute.retrieve_task_transformation(second)
        same((found.key, extends.key), (its.edges[0].key, result.key))
        same(total_of(extends), 3)
    ((_, result),) = world.run_tasks(its.scope, 1).values()
    same(total_of(result), 6)
    with refused(AlchemiscaleComputeClientError, *not_yours(its.scope), status=401):
        world.limited_compute.retrieve_task_transformation(first)
    with refused(AlchemiscaleComputeClientError, *not_yours(its.scope), status=401):
        world.limited_compute.get_task_transformation(first)


@check("get_task_transformation, retrieve_task_transformation of a missing task: 400", stricter=True)
def retrieve_missing(world):
    task = unknown_task(world.scope("retrieve"))
    for ask in (world.compute.get_task_transformation, world.compute.retrieve_task_transformation):
        with refused(AlchemiscaleComputeClientError, "'No such object in database'", status=400):
            ask(task)


@check("set_task_result: a success completes the task and takes it off every hub")
def push(world):
    its = world.submitted("push")
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    with world.service() as service:
        same(world.claim(service, its.scope), [task])
        reference = world.compute.set_task_result(task, world.execute(task), service)
        same((type(reference), reference.qualname, reference.scope), (ScopedKey, "ProtocolDAGResultRef", its.scope))
        same(world.user.get_tasks_status([task]), ["complete"])
        same(world.user.get_network_actioned_tasks(its.key), [])
    same(world.user.get_tasks_status([task]), ["complete"])


@check("set_task_result: a failure leaves the task actioned and in error; waiting is for users to set")
def push_failure(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=1))
    its = world.submit(world.one_edge("push_failure", protocol), world.scope("push_failure"))
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    with world.service() as service:
        world.claim(service, its.scope)
        result = world.execute(task)
        same(result.ok(), False)
        world.compute.set_task_result(task, result, service)
        same(world.user.get_tasks_status([task]), ["error"])
        same(world.user.get_network_actioned_tasks(its.key), [task])
        same(world.compute.claim_tasks([its.scope], service), [None])
        same(world.user.set_tasks_status([task], "waiting"), [task])
        same(world.claim(service, its.scope), [task])
        world.compute.set_task_result(task, world.execute(task), service)
    same(world.user.get_tasks_status([task]), ["complete"])
    same(len(world.user.get_task_failures(task, visualize=False)), 1)
    same(len(world.user.get_task_results(task, visualize=False)), 1)


@check("set_task_result: refused in a scope of others")
def push_elsewhere(world):
    its = world.submitted("push")
    (task,) = world.user.create_tasks(its.transformations[0])
    with refused(AlchemiscaleComputeClientError, *not_yours(its.scope), status=401):
        world.limited_compute.set_task_result(task, world.execute(task), world.service_id())
    same(world.user.get_tasks_status([task]), ["waiting"])


@check("set_task_result of a missing task: 400", stricter=True)
def push_missing(world):
    its = world.submitted("push")
    (task,) = world.user.create_tasks(its.transformations[0])
    with refused(AlchemiscaleComputeClientError, status=400):
        world.compute.set_task_result(unknown(task), world.execute(task), world.service_id())


@check("a service that has failed four times lately is denied, others are not")
def denied(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=99))
    its = world.submit(world.one_edge("denied", protocol), world.scope("denied"))
    tasks = world.user.create_tasks(its.transformations[0], count=5)
    world.user.action_tasks(tasks, its.key)
    with world.service("unlucky") as unlucky, world.service("other") as other:
        for _ in range(4):
            (task,) = world.claim(unlucky, its.scope)
            world.compute.set_task_result(task, world.execute(task), unlucky)
        same(world.compute.claim_tasks([its.scope], unlucky), None)
        same(len(world.claim(other, its.scope)), 1)


@check("large results arrive whole")
def large(world):
    its = world.submit(
        world.one_edge("large", StepsProtocol(StepsSettings(steps=400))), world.scope("large")
    )
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    ((_, result),) = world.run_tasks(its.scope, 1).values()
    with nothing_known():
        (found,) = world.user_client(use_local_cache=False).get_task_results(task, visualize=False)
        same((found.key, total_of(found)), (result.key, sum(range(400))))
        same(len(found.protocol_unit_results), 401)
