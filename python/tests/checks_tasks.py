"""Making tasks, finding them, their statuses and priorities."""

import networkx as nx
from alchemiscale import Scope
from alchemiscale.interface.client import AlchemiscaleClientError
from checks_networks import MISSING, not_yours
from gufe import NonTransformation
from harness import check, refused, same, same_members
from world import unknown, unknown_task


# making


@check("create_tasks: as many as asked for, waiting, of priority 10, not actioned")
def create(world):
    its = world.submitted("create")
    tasks = world.user.create_tasks(its.transformations[0], count=3)
    same(len(set(tasks)), 3)
    for task in tasks:
        same((task.qualname, task.scope), ("Task", its.scope))
        same(world.user.check_exists(task), True)
    same(world.user.get_tasks_status(tasks), ["waiting"] * 3)
    same(world.user.get_tasks_priority(tasks), [10] * 3)
    same(world.user.get_task_actioned_networks(tasks[0]), [])
    same(len(world.user.create_tasks(its.transformations[0])), 1)


@check("create_transformations_tasks: one for each in the list, NonTransformations too")
def create_many(world):
    its = world.submitted("create_many")
    transforming = [its.key_of(edge) for edge in its.edges if not isinstance(edge, NonTransformation)]
    (staying,) = [its.key_of(edge) for edge in its.edges if isinstance(edge, NonTransformation)]
    wanted = [transforming[2], transforming[0], transforming[2], staying]
    tasks = world.user.create_transformations_tasks(wanted)
    same([world.user.get_task_transformation(task) for task in tasks], wanted)
    extending = world.user.create_transformations_tasks(wanted[:2], extends=[tasks[2], None])
    graph = world.user.get_transformation_tasks(transforming[2], return_as="graph")
    same(list(graph.edges), [(extending[0], tasks[2])])
    same(world.user.create_transformations_tasks([]), [])


@check("create_transformations_tasks: in the order of the list, whatever the kinds", stricter=True)
def create_in_order(world):
    its = world.submitted("create_many")
    wanted = [*reversed(its.transformations), *its.transformations]
    tasks = world.user.create_transformations_tasks(wanted)
    same([world.user.get_task_transformation(task) for task in tasks], wanted)


@check("create_tasks: what cannot be extended is a 400 that says why")
def extends_refused(world):
    its = world.submitted("extends_refused")
    one, two = its.transformations[:2]
    (task,) = world.user.create_tasks(one)
    with refused(AlchemiscaleClientError, f"400 : Bad Request : {task} extends a Transformation other than {two}"):
        world.user.create_tasks(two, extends=task)
    with refused(AlchemiscaleClientError, f"`extends` ScopedKey ({two}) does not correspond to a `Task`", status=400):
        world.user.create_tasks(one, extends=two)
    with refused(AlchemiscaleClientError, "Got an unsupported `Transformation` type: AlchemicalNetwork", status=400):
        world.user.create_tasks(its.key)
    with refused(
        AlchemiscaleClientError,
        "`extends` must either be `None` or have the same length as `transformations`",
        status=400,
    ):
        world.user.create_transformations_tasks([one, one], extends=[task])
    for status in ("invalid", "deleted"):
        (gone,) = world.user.create_tasks(one)
        world.user.set_tasks_status([gone], status)
        with refused(AlchemiscaleClientError, f"Cannot extend a `deleted` or `invalid` Task: {gone}", status=400):
            world.user.create_tasks(one, extends=gone)
    same(len(world.user.get_transformation_tasks(one)), 3)


@check("create_tasks: 401 in a scope of others; in bulk nothing is made")
def create_elsewhere(world):
    its = world.submitted("extends_refused")
    before = world.user.query_tasks(scope=its.scope)
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.create_tasks(its.transformations[0])
    own = world.limited.create_network(its.network, Scope("test", "limited", world.run), visualize=False)
    mixed = [*world.limited.get_network_transformations(own), its.transformations[0]]
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.create_transformations_tasks(mixed)
    same(world.limited.get_network_tasks(own), [])
    same_members(world.user.query_tasks(scope=its.scope), before)


@check("create_tasks: a missing transformation or extended task is a 400", stricter=True)
def create_of_missing(world):
    its = world.submitted("extends_refused")
    with refused(AlchemiscaleClientError, status=400):
        world.user.create_tasks(unknown(its.transformations[0]))
    with refused(AlchemiscaleClientError, status=400):
        world.user.create_tasks(its.transformations[0], extends=unknown_task(its.scope))


# finding


@check("query_tasks: by scope and status, in order")
def query(world):
    its = world.submitted("query_tasks")
    tasks = world.user.create_transformations_tasks(its.transformations)
    world.user.set_tasks_status(tasks[:1], "invalid")
    same(world.user.query_tasks(scope=its.scope), sorted(tasks))
    same(world.user.query_tasks(scope=its.scope, status="invalid"), tasks[:1])
    same(world.user.query_tasks(scope=its.scope, status="waiting"), sorted(tasks[1:]))
    same(world.user.query_tasks(scope=its.scope, status="complete"), [])
    same(world.user.query_tasks(scope=its.scope, status="nonsense"), [])
    assert set(tasks) <= set(world.user.query_tasks())
    assert set(tasks) <= set(world.user.query_tasks(scope=Scope("test", "python")))
    same(world.limited.query_tasks(scope=its.scope), [])


@check("get_network_tasks, get_task_networks, get_task_transformation")
def of_network(world):
    its = world.submitted("of_network")
    tasks = world.user.create_transformations_tasks(its.transformations)
    world.user.set_tasks_status(tasks[1:2], "deleted")
    same_members(world.user.get_network_tasks(its.key), tasks)
    same_members(world.user.get_network_tasks(its.key, status="waiting"), [tasks[0], *tasks[2:]])
    same(world.user.get_network_tasks(its.key, status="deleted"), tasks[1:2])
    same(world.user.get_network_tasks(its.unknown()), [])
    same(world.user.get_task_networks(tasks[0]), [its.key])
    same(world.user.get_task_networks(unknown_task(its.scope)), [])
    for task, transformation in zip(tasks, its.transformations):
        same(world.user.get_task_transformation(task), transformation)
        same(world.compute.get_task_transformation(task), transformation)


@check("an unknown status or a missing task: 400 with its text; 401 in a scope of others")
def find_refused(world):
    its = world.submitted("of_network")
    (task,) = world.user.create_tasks(its.transformations[0])
    with refused(AlchemiscaleClientError, "400 : Bad Request : 'nonsense' is not a valid TaskStatusEnum", status=400):
        world.user.get_network_tasks(its.key, status="nonsense")
    with refused(AlchemiscaleClientError, "400 : Bad Request : 'nonsense' is not a valid TaskStatusEnum", status=400):
        world.user.get_transformation_tasks(its.transformations[0], status="nonsense")
    with refused(AlchemiscaleClientError, "`return_as` takes 'list' or 'graph', not 'nonsense'", status=400):
        world.user.get_transformation_tasks(its.transformations[0], return_as="nonsense")
    with refused(AlchemiscaleClientError, MISSING, status=400):
        world.user.get_task_transformation(unknown_task(its.scope))
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_task_transformation(task)
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_network_tasks(its.key)
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_task_networks(task)
    with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
        world.limited.get_transformation_tasks(its.transformations[0])


@check("get_transformation_tasks: list, tree of what extends a task, graph")
def tree(world):
    its = world.submitted("tree")
    transformation = its.transformations[0]
    (root,) = world.user.create_tasks(transformation)
    left, right = world.user.create_tasks(transformation, extends=root, count=2)
    (leaf,) = world.user.create_tasks(transformation, extends=left)
    (alone,) = world.user.create_tasks(transformation)
    same_members(world.user.get_transformation_tasks(transformation), [root, left, right, leaf, alone])
    same_members(world.user.get_transformation_tasks(transformation, extends=root), [left, right, leaf])
    same(world.user.get_transformation_tasks(transformation, extends=left), [leaf])
    same(world.user.get_transformation_tasks(transformation, extends=alone), [])
    graph = world.user.get_transformation_tasks(transformation, return_as="graph")
    assert isinstance(graph, nx.DiGraph)
    same_members(graph.nodes, [root, left, right, leaf, alone])
    same(set(graph.edges), {(left, root), (right, root), (leaf, left)})
    world.user.set_tasks_status([leaf], "invalid")
    same(world.user.get_transformation_tasks(transformation, extends=root, status="invalid"), [leaf])
    same_members(world.user.get_transformation_tasks(transformation, status="waiting"), [root, left, right, alone])
    same(world.user.get_transformation_tasks(unknown(transformation)), [])
    same(world.user.get_transformation_tasks(its.transformations[1]), [])


# statuses


@check("get/set_tasks_status: aligned over batches, None for a task that is missing or of others")
def statuses(world):
    its = world.submitted("statuses")
    tasks = world.user.create_tasks(its.transformations[0], count=5)
    asked = [tasks[3], unknown_task(its.scope), tasks[0], tasks[4], tasks[3]]
    same(world.user.get_tasks_status(asked, batch_size=2), ["waiting", None, "waiting", "waiting", "waiting"])
    same(world.user.set_tasks_status(asked[:3], "invalid", batch_size=1), [tasks[3], None, tasks[0]])
    same(world.user.get_tasks_status(tasks), ["invalid", "waiting", "waiting", "invalid", "waiting"])
    same(world.user.get_tasks_status([]), [])
    same(world.user.set_tasks_status([], "invalid"), [])
    same(world.limited.get_tasks_status(tasks[:2]), [None, None])
    same(world.limited.set_tasks_status(tasks[1:2], "deleted"), [None])
    same(world.user.get_tasks_status(tasks[1:2]), ["waiting"])


@check("set_tasks_status: invalid and deleted exclude each other, and neither goes back")
def transitions(world):
    its = world.submitted("statuses")
    waiting, invalid, deleted = tasks = world.user.create_tasks(its.transformations[1], count=3)
    world.user.set_tasks_status([invalid], "invalid")
    world.user.set_tasks_status([deleted], "deleted")
    same(world.user.set_tasks_status(tasks, "waiting"), [waiting, None, None])
    same(world.user.set_tasks_status(tasks, "deleted"), [waiting, None, deleted])
    same(world.user.get_tasks_status(tasks), ["deleted", "invalid", "deleted"])
    same(world.user.set_tasks_status([deleted], "invalid"), [None])


@check("set_tasks_status: what extends an invalid or deleted task shares its fate")
def cascade(world):
    its = world.submitted("statuses")
    transformation = its.transformations[2]
    (root,) = world.user.create_tasks(transformation)
    (child,) = world.user.create_tasks(transformation, extends=root)
    (leaf,) = world.user.create_tasks(transformation, extends=child)
    world.user.action_tasks([root, child, leaf], its.key)
    same(world.user.set_tasks_status([child], "invalid"), [child])
    same(world.user.get_tasks_status([root, child, leaf]), ["waiting", "invalid", "invalid"])
    same(world.user.get_network_actioned_tasks(its.key), [root])


@check("set_tasks_status: only waiting, invalid and deleted are for users to set")
def statuses_refused(world):
    its = world.submitted("statuses")
    (task,) = world.user.create_tasks(its.transformations[0])
    for status in ("running", "complete", "error"):
        said = f"Cannot set status to 'TaskStatusEnum.{status}', must be one of 'waiting', 'invalid', 'deleted'"
        with refused(AlchemiscaleClientError, said, status=400):
            world.user.set_tasks_status([task], status)
    with refused(ValueError, "'nonsense' is not a valid TaskStatusEnum"):
        world.user.set_tasks_status([task], "nonsense")
    same(world.user.get_tasks_status([task]), ["waiting"])


@check("GET and POST /tasks/…/status: one task, its status as a bare word")
def status_of_one(world):
    its = world.submitted("statuses")
    (task,) = world.user.create_tasks(its.transformations[0])
    same(world.user._get_resource(f"/tasks/{task}/status"), "waiting")
    same(world.user._post_resource(f"/tasks/{task}/status", "deleted"), str(task))
    same(world.user._post_resource(f"/tasks/{task}/status", "waiting"), None)
    same(world.user._get_resource(f"/tasks/{task}/status"), "deleted")


# priorities


@check("get/set_tasks_priority: aligned over batches, from 1 to 2**63 - 1")
def priorities(world):
    its = world.submitted("priorities")
    tasks = world.user.create_tasks(its.transformations[0], count=4)
    same(world.user.set_tasks_priority(tasks[:1], 1), tasks[:1])
    same(world.user.set_tasks_priority(tasks[1:3], 2**63 - 1, batch_size=1), tasks[1:3])
    same(world.user.get_tasks_priority(tasks, batch_size=3), [1, 2**63 - 1, 2**63 - 1, 10])
    same(world.user.set_tasks_priority([tasks[0], unknown_task(its.scope)], 5), [tasks[0], None])
    same(world.limited.set_tasks_priority(tasks[:1], 7), [None])
    same(world.user.get_tasks_priority(tasks[:1]), [5])
    for priority in (0, -1, 2**63):
        with refused(AlchemiscaleClientError, "priority must be between 1 and 2**63 - 1, inclusive", status=400):
            world.user.set_tasks_priority(tasks, priority)


@check("get_tasks_priority: None for a task that is missing or of others", stricter=True)
def priorities_of_missing(world):
    its = world.submitted("priorities")
    (task,) = world.user.create_tasks(its.transformations[0])
    same(world.user.get_tasks_priority([task, unknown_task(its.scope)]), [10, None])
    same(world.limited.get_tasks_priority([task]), [None])
