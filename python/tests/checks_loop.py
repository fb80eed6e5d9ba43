"""Whole compute services and managers of the Python package, unmodified, against the server."""

import threading
import time

from alchemiscale.compute.client import AlchemiscaleComputeManagerClientError as ManagerError
from alchemiscale.compute.manager import ComputeManager
from alchemiscale.compute.service import SynchronousComputeService
from alchemiscale.compute.settings import ComputeManagerSettings, ComputeServiceSettings
from alchemiscale.storage.models import ComputeManagerInstruction
from gufe import AlchemicalNetwork, ChemicalSystem, NonTransformation, SolventComponent, Transformation
from harness import check, refused, same, same_members
from sample_protocols import StepsProtocol, StepsSettings, UnsteadyProtocol, UnsteadySettings, total_of

QUIET = {"visualize": False}


def service_settings(world, scope, **options) -> ComputeServiceSettings:
    folder = world.new_folder()
    return ComputeServiceSettings(
        **{
            **world.compute_settings(),
            "name": f"{world.run}.service",
            "scopes": [scope],
            "shared_basedir": folder / "shared",
            "scratch_basedir": folder / "scratch",
            "sleep_interval": 1,
            "deep_sleep_interval": 1,
            "heartbeat_interval": 1,
            "client_max_retries": 1,
            "loglevel": "ERROR",
            "max_time": 60,
            **options,
        }
    )


def serve(world, scope, max_tasks: int, **options) -> SynchronousComputeService:
    """Starts a service that ends after so many tasks."""
    service = SynchronousComputeService(service_settings(world, scope, max_tasks=max_tasks, **options))
    service.start()
    same(service._tasks_counter, max_tasks)
    return service


@check("SynchronousComputeService runs gufe's DummyProtocol, NoDepsProtocol and BrokenProtocol to the end")
def gufe_protocols(world):
    # gufe's own test protocols, which need pytest to be imported.
    from gufe.tests.test_protocol import BrokenProtocol, DummyProtocol, NoDepsProtocol

    states = [
        ChemicalSystem({"solvent": SolventComponent(positive_ion=ion)}, name=f"{world.run} {ion}") for ion in ("Na", "K")
    ]
    dummy, nodeps, broken = (
        Transformation(*states, protocol(protocol.default_settings()), name=protocol.__name__)
        for protocol in (DummyProtocol, NoDepsProtocol, BrokenProtocol)
    )
    stays = NonTransformation(states[0], dummy.protocol, name="stays")
    network = AlchemicalNetwork(edges=[dummy, nodeps, broken, stays], name=f"{world.run} gufe")
    its = world.submit(network, world.scope("gufe"))
    keys = [its.key_of(edge) for edge in (dummy, nodeps, broken, stays)]
    tasks = world.user.create_transformations_tasks(keys)
    same(world.user.action_tasks(tasks, its.key), tasks)
    service = serve(world, its.scope, max_tasks=4, n_retries=1, claim_limit=2)
    same(world.user.get_tasks_status(tasks), ["complete", "complete", "error", "complete"])
    results = [world.user.get_transformation_results(key, **QUIET) for key in keys]
    same(results[0].get_estimate(), 95500.0)
    same((results[1].get_estimate(), results[1].get_uncertainty()), (5, 3))
    same((results[2], results[3].get_estimate()), (None, 95500.0))
    (failed,) = world.user.get_task_failures(tasks[2], **QUIET)
    same([failure.exception[0] for failure in failed.protocol_unit_failures], ["ValueError"] * 2)
    same(failed.protocol_unit_failures[0].exception[1][1], {"data": "lol"})
    same(list(service.shared_basedir.iterdir()) + list(service.scratch_basedir.iterdir()), [])


@check("SynchronousComputeService: retries within a task make it succeed, and are kept in the result")
def retries(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=2))
    its = world.submit(world.one_edge("retries", protocol), world.scope("retries"))
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    serve(world, its.scope, max_tasks=1, n_retries=2)
    same(world.user.get_tasks_status([task]), ["complete"])
    (result,) = world.user.get_task_results(task, **QUIET)
    same((result.ok(), len(result.protocol_unit_failures)), (True, 2))


@check("SynchronousComputeService: restart patterns bring a failed task back until it succeeds")
def restarts(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=2))
    its = world.submit(world.one_edge("restarted", protocol), world.scope("restarted"))
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    world.user.add_task_restart_patterns(its.key, ["out of luck"], 2)
    serve(world, its.scope, max_tasks=3, n_retries=0)
    same(world.user.get_tasks_status([task]), ["complete"])
    same(len(world.user.get_task_failures(task, **QUIET)), 2)
    same(len(world.user.get_task_results(task, **QUIET)), 1)


@check("SynchronousComputeService: a chain of extending tasks runs in order, each from the result before")
def chain(world):
    its = world.submit(world.one_edge("chain", StepsProtocol(StepsSettings(steps=4))), world.scope("chain"))
    tasks = []
    for _ in range(3):
        tasks += world.user.create_tasks(its.transformations[0], extends=tasks[-1] if tasks else None)
    world.user.action_tasks(list(reversed(tasks)), its.key)
    serve(world, its.scope, max_tasks=3, claim_limit=3)
    results = [world.user.get_task_results(task, **QUIET)[0] for task in tasks]
    same([total_of(result) for result in results], [6, 12, 18])
    same([result.extends_key for result in results], [None, results[0].key, results[1].key])
    same(world.user.get_transformation_results(its.transformations[0], **QUIET).get_estimate(), 18)


@check("SynchronousComputeService: denied after four failures, it sleeps and leaves the rest")
def denied(world):
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=99))
    its = world.submit(world.one_edge("denied_service", protocol), world.scope("denied_service"))
    tasks = world.user.create_tasks(its.transformations[0], count=6)
    world.user.action_tasks(tasks, its.key)
    SynchronousComputeService(service_settings(world, its.scope, n_retries=0, max_time=3)).start()
    same(world.user.get_network_status(its.key, **QUIET), {"error": 4, "waiting": 2})


@check("SynchronousComputeService: what runs when it is stopped is given back")
def stopped(world):
    its = world.submitted("stopped")
    tasks = world.user.create_tasks(its.transformations[0], count=2)
    world.user.action_tasks(tasks, its.key)
    service = SynchronousComputeService(service_settings(world, its.scope))
    with service._running():
        same_members(service.claim_tasks(count=2), tasks)
        same(world.user.get_tasks_status(tasks), ["running"] * 2)
    same(world.user.get_tasks_status(tasks), ["waiting"] * 2)


def wait_until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.02)


class ThreadManager(ComputeManager):
    """Starts services as threads of this process."""

    def __init__(self, *settings, failure: Exception | None = None):
        super().__init__(*settings)
        self.failure, self.threads, self.targets, self.seen = failure, [], [], []

    def create_compute_services(self, data, target):
        if self.failure is not None:
            raise self.failure
        self.targets.append(target)
        self.seen.append(len(data["compute_service_ids"]))
        for _ in range(target):
            service = SynchronousComputeService(self.service_settings.model_copy())
            self.threads.append(threading.Thread(target=service.start))
            self.threads[-1].start()
            # The manager may leave at once, and a service can join only a manager that is there.
            wait_until(lambda service=service: hasattr(service, "heartbeat_thread"))
        return target


def manager(world, name: str, scope, failure: Exception | None = None, **options) -> ThreadManager:
    settings = ComputeManagerSettings(
        **{
            "name": f"{world.run}.{name}",
            "logfile": None,
            "max_compute_services": 2,
            "max_submit_per_cycle": 2,
            "sleep_interval": 1,
            "loglevel": "CRITICAL",
            "client_max_retries": 1,
            **options,
        }
    )
    return ThreadManager(settings, service_settings(world, scope, max_tasks=2, max_time=15), failure=failure)


@check("ComputeManager: cycles start services for the tasks that wait, until none does")
def manager_cycles(world):
    its = world.submitted("managed")
    tasks = world.user.create_tasks(its.transformations[0], count=4)
    world.user.action_tasks(tasks, its.key)
    it = manager(world, "cycles", its.scope)
    it.start(max_cycles=3)
    for thread in it.threads:
        thread.join(60)
    same(it.targets[0], 2)
    same(it.seen[0], 0)
    same(world.user.get_network_status(its.key, **QUIET), {"complete": 4})
    instruction, _ = world.manager.get_instruction([its.scope], None, it.compute_manager_id)
    same(instruction, ComputeManagerInstruction.SHUTDOWN)


@check("ComputeManager: one that fails is in ERROR, and none of its name may start until that is cleared")
def manager_error(world):
    its = world.submitted("managed_error")
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    with refused(RuntimeError, "cannot submit"):
        manager(world, "failing", its.scope, failure=RuntimeError("cannot submit")).start(max_cycles=1)
    it = manager(world, "failing", its.scope, max_submit_per_cycle=1)
    for steal in (False, True):
        with refused(ManagerError, "is already registered with status ERROR", status=422):
            it.start(max_cycles=1, steal=steal)
    it.clear_error()
    it.service_settings.max_tasks = 1
    it.start(max_cycles=1)
    for thread in it.threads:
        thread.join(60)
    same(it.targets, [1])
    same(world.user.get_tasks_status([task]), ["complete"])
