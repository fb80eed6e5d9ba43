"""Compute managers: one registration for a name, instructions, status."""

from alchemiscale import Scope
from alchemiscale.compute.client import AlchemiscaleComputeManagerClientError as ManagerError
from alchemiscale.storage.models import ComputeManagerID, ComputeManagerInstruction, ComputeManagerStatus
from harness import check, refused, same, same_members
from sample_protocols import UnsteadyProtocol, UnsteadySettings

OK, ERROR = ComputeManagerStatus.OK, ComputeManagerStatus.ERROR
SHUTDOWN = (
    ComputeManagerInstruction.SHUTDOWN,
    {"message": "no compute manager was found with the given manager name and UUID"},
)


@check("register, deregister: each answers with the id")
def life(world):
    manager = world.manager_id("life")
    answer = world.manager.register(manager)
    same((type(answer), answer), (ComputeManagerID, manager))
    same(world.manager.deregister(manager), manager)
    same(world.manager.deregister(manager), manager)
    same(world.manager.get_instruction([Scope()], None, manager), SHUTDOWN)


@check("register: one for a name; steal replaces it, and who was there is told to shut down")
def steal(world):
    first, second = world.manager_id("steal"), world.manager_id("steal")
    taken = "422 : Unprocessable Entity : ComputeManager with this name is already registered with status OK"
    world.manager.register(first)
    with refused(ManagerError, taken, status=422):
        world.manager.register(second)
    same(world.manager.register(second, steal=True), second)
    same(world.manager.get_instruction([Scope()], None, first), SHUTDOWN)
    same(world.manager.deregister(first), first)
    same(world.manager.get_instruction([world.scope("steal")], None, second)[0], ComputeManagerInstruction.OK)
    world.manager.deregister(second)


@check("register with steal where there is none: registers", stricter=True)
def steal_nothing(world):
    manager = world.manager_id("steal_nothing")
    same(world.manager.register(manager, steal=True), manager)
    same(world.manager.deregister(manager), manager)


@check("get_instruction: the services of the manager, and how many tasks wait for them")
def instruction(world):
    its = world.submitted("instruction")
    manager = world.manager_id("instruction")
    world.manager.register(manager)
    ask = lambda scopes, protocols=None: world.manager.get_instruction(scopes, protocols, manager)  # noqa: E731
    ok = lambda ids, count: (ComputeManagerInstruction.OK, {"compute_service_ids": ids, "num_tasks": count})  # noqa: E731
    tasks = world.user.create_tasks(its.transformations[0], count=4)
    (child,) = world.user.create_tasks(its.transformations[0], extends=tasks[0])
    world.user.action_tasks([*tasks[:3], child], its.key)
    same(ask([its.scope]), ok([], 3))
    same(ask([its.scope], ["StepsProtocol"]), ok([], 3))
    same(ask([its.scope], ["DummyProtocol"]), ok([], 0))
    same(ask([world.scope("nothing_here")]), ok([], 0))
    services = [world.compute.register(world.service_id(f"managed{i}"), manager) for i in range(2)]
    world.claim(services[0], its.scope)
    name, facts = ask([its.scope])
    same((name, facts["num_tasks"]), (ComputeManagerInstruction.OK, 2))
    same_members(facts["compute_service_ids"], services)
    world.compute.deregister(services[0])
    same(ask([its.scope]), ok([str(services[1])], 3))
    # Services stay with the name, whoever bears it.
    heir = world.manager.register(world.manager_id("instruction"), steal=True)
    found = world.manager.get_instruction([its.scope], [], heir)
    same(found, ok([str(services[1])], 3))
    world.compute.deregister(services[1])
    world.manager.deregister(heir)


@check("get_instruction: SKIP while one of its services is denied work")
def skip(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=99))
    its = world.submit(world.one_edge("skip", protocol), world.scope("skip"))
    tasks = world.user.create_tasks(its.transformations[0], count=4)
    world.user.action_tasks(tasks, its.key)
    manager = world.manager.register(world.manager_id("skip"))
    service = world.compute.register(world.service_id("skip"), manager)
    for _ in tasks:
        (task,) = world.claim(service, its.scope)
        world.compute.set_task_result(task, world.execute(task), service)
    same(
        world.manager.get_instruction([its.scope], None, manager),
        (ComputeManagerInstruction.SKIP, {"compute_service_ids": [str(service)]}),
    )
    world.compute.deregister(service)
    same(world.manager.get_instruction([its.scope], None, manager)[0], ComputeManagerInstruction.OK)
    world.manager.deregister(manager)


@check("update_status: OK with a saturation from 0 to 1, ERROR with a detail")
def status(world):
    manager = world.manager.register(world.manager_id("status"))
    for saturation in (0, 0.5, 1):
        same(world.manager.update_status(manager, OK, saturation=saturation), manager)
    for options, said in (
        ((OK, {}), "saturation is required for the 'OK' status"),
        ((OK, {"saturation": 1.5}), "saturation must be between 0 and 1"),
        ((OK, {"saturation": -0.1}), "saturation must be between 0 and 1"),
        ((OK, {"saturation": 0.5, "detail": "x"}), "detail should only be provided for the 'ERROR' status"),
        ((ERROR, {}), "detail is required for the 'ERROR' status"),
        ((ERROR, {"detail": "x", "saturation": 0.5}), "saturation should only be provided for the 'OK' status"),
        (("NONSENSE", {"saturation": 0.5}), '"NONSENSE" is not a valid ComputeManagerStatus'),
    ):
        with refused(ManagerError, f"400 : Bad Request : {said}", status=400):
            world.manager.update_status(manager, options[0], **options[1])
    world.manager.deregister(manager)
    with refused(ManagerError, f"No record for ComputeManager: {manager}", status=400):
        world.manager.update_status(manager, OK, saturation=0.5)


@check("a manager in ERROR keeps its name until clear_error")
def error(world):
    manager = world.manager.register(world.manager_id("error"))
    same(world.manager.update_status(manager, ERROR, detail="RuntimeError('boom')"), manager)
    same(world.manager.deregister(manager), manager)
    for steal in (False, True):
        with refused(ManagerError, "is already registered with status ERROR", status=422):
            world.manager.register(world.manager_id("error"), steal=steal)
    same(world.manager.clear_error(manager.name), None)
    heir = world.manager.register(world.manager_id("error"))
    same(world.manager.update_status(heir, ERROR, detail="again"), heir)
    same(world.manager.update_status(heir, OK, saturation=0), heir)
    world.manager.deregister(heir)


@check("clear_error of a name that is unknown, healthy or malformed: refused with a reason", stricter=True)
def clear_nothing(world):
    manager = world.manager.register(world.manager_id("healthy"))
    for name in (f"{world.run}.nobody", manager.name, "bad-name"):
        try:
            world.manager.clear_error(name)
        except ManagerError as refusal:
            assert refusal.status_code in (400, 422), f"{refusal}"
        else:
            raise AssertionError(f"{name} was cleared")
    world.manager.deregister(manager)
