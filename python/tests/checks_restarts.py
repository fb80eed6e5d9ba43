"""Restart patterns: which failed tasks go back to waiting, and how often."""

from alchemiscale.interface.client import AlchemiscaleClientError
from checks_networks import not_yours
from harness import check, refused, same
from sample_protocols import UnsteadyProtocol, UnsteadySettings


def unsteady(world, topic: str, failures: int, message: str = "out of luck"):
    """A network of one transformation that fails that often, with one task actioned."""
    protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=failures, message=message))
    its = world.submit(world.one_edge(topic, protocol), world.scope(topic))
    (task,) = world.user.create_tasks(its.transformations[0])
    world.user.action_tasks([task], its.key)
    return its, task


def state(world, its, task) -> tuple[str, bool]:
    (status,) = world.user.get_tasks_status([task])
    return status, task in world.user.get_network_actioned_tasks(its.key)


@check("add, get, set, remove, clear: what a network's patterns are")
def patterns(world):
    its = world.submitted("patterns")
    get = lambda: world.user.get_task_restart_patterns(its.key)  # noqa: E731
    same(get(), {})
    same(world.user.add_task_restart_patterns(its.key, ["MemoryError: .+", "Timeout"], 5), its.key)
    same(get(), {"MemoryError: .+": 5, "Timeout": 5})
    world.user.add_task_restart_patterns(its.key, ["Timeout", "ünlucky \\d"], 2)
    same(get(), {"MemoryError: .+": 5, "Timeout": 2, "ünlucky \\d": 2})
    same(world.user.set_task_restart_patterns_allowed_restarts(its.key, ["Timeout", "unknown"], 7), None)
    same(get(), {"MemoryError: .+": 5, "Timeout": 7, "ünlucky \\d": 2})
    same(world.user.remove_task_restart_patterns(its.key, ["MemoryError: .+", "unknown"]), None)
    same(get(), {"Timeout": 7, "ünlucky \\d": 2})
    same(world.user.clear_task_restart_patterns(its.key), None)
    same(get(), {})
    same(world.user.get_task_restart_patterns(its.unknown()), {})


@check("patterns: refused in a scope of others")
def patterns_elsewhere(world):
    its = world.submitted("patterns")
    for ask in (
        lambda: world.limited.add_task_restart_patterns(its.key, ["x"], 1),
        lambda: world.limited.get_task_restart_patterns(its.key),
        lambda: world.limited.set_task_restart_patterns_allowed_restarts(its.key, ["x"], 1),
        lambda: world.limited.remove_task_restart_patterns(its.key, ["x"]),
        lambda: world.limited.clear_task_restart_patterns(its.key),
    ):
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            ask()


@check("patterns: what cannot be read, an empty one, a limit below 1 and a missing network are refused", stricter=True)
def patterns_refused(world):
    its = world.submitted("patterns")
    for pattern, limit in (("[", 1), ("(?<n>", 1), ("", 1), ("x", 0), ("x", -1)):
        try:
            world.user.add_task_restart_patterns(its.key, [pattern], limit)
        except AlchemiscaleClientError as error:
            assert error.status_code in (400, 422), f"{error}"
        else:
            raise AssertionError(f"{pattern!r} with limit {limit} was accepted")
    with refused(AlchemiscaleClientError, status=400):
        world.user.add_task_restart_patterns(its.unknown(), ["x"], 1)
    same(world.user.get_task_restart_patterns(its.key), {})


@check("a task whose traceback matches goes back to waiting, until the limit; then it is cancelled and in error")
def restarts(world):
    its, task = unsteady(world, "restarts", failures=99)
    world.user.add_task_restart_patterns(its.key, ["out of luck: attempt \\d+"], 2)
    for _ in range(2):
        world.run_tasks(its.scope, 1)
        same(state(world, its, task), ("waiting", True))
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("error", False))
    same(len(world.user.get_task_failures(task, visualize=False)), 3)


@check("a task whose traceback matches no pattern is cancelled; without patterns it stays actioned")
def no_match(world):
    its, task = unsteady(world, "no_match", failures=99)
    world.user.add_task_restart_patterns(its.key, ["MemoryError", "^out of luck$"], 2)
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("error", False))
    its, task = unsteady(world, "no_patterns", failures=99)
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("error", True))


@check("patterns that come after the failure restart it at once")
def later(world):
    its, task = unsteady(world, "later", failures=1)
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("error", True))
    world.user.add_task_restart_patterns(its.key, [r"RuntimeError: (?P<what>out) of luck"], 1)
    same(state(world, its, task), ("waiting", True))
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("complete", False))


@check("Python's syntax of patterns: groups with names, flags, lookups of any character")
def syntax(world):
    its, task = unsteady(world, "syntax", failures=1, message="Out Of\nLuck (42 times)")
    world.user.add_task_restart_patterns(its.key, [r"(?is)out of.luck \((?P<n>\d{2}) TIMES\)"], 1)
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("waiting", True))


@check("every retry of one task counts against the limit of its pattern, and a success ends the counting")
def until_success(world):
    its, task = unsteady(world, "until_success", failures=2)
    world.user.add_task_restart_patterns(its.key, ["out of luck"], 2)
    world.run_tasks(its.scope, 1)
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("waiting", True))
    world.run_tasks(its.scope, 1)
    same(state(world, its, task), ("complete", False))
    same(world.user.get_task_restart_patterns(its.key), {"out of luck": 2})
