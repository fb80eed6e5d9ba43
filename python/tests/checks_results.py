"""Results and failures of tasks, transformations and networks; archives."""

import warnings

from alchemiscale import ResultFormat
from alchemiscale.interface.client import AlchemiscaleClientError
from checks_networks import MISSING, not_yours
from gufe.archival import AlchemicalArchive
from gufe.protocols import ProtocolDAGResult
from harness import check, refused, same, same_members
from sample_protocols import StepsResult, UnsteadyProtocol, UnsteadySettings, total_of
from world import nothing_known, unknown, unknown_task

QUIET = {"visualize": False}


class Computed:
    """A network with two results of its first transformation, one of its second, and none of the others."""

    def __init__(self, world):
        self.its = its = world.submitted("results")
        first, second = its.transformations[:2]
        self.first, self.second = first, second
        self.tasks = world.user.create_transformations_tasks([first, first, second])
        world.user.action_tasks(self.tasks, its.key)
        self.done = world.run_tasks(its.scope, 3)

    def of(self, *tasks) -> list[ProtocolDAGResult]:
        return [self.done[task][1] for task in tasks]


class Failed:
    """A network of one transformation that failed twice in one task and then succeeded."""

    def __init__(self, world):
        protocol = UnsteadyProtocol(UnsteadySettings(folder=str(world.new_folder()), failures=2, message="ünlucky"))
        self.its = its = world.submit(world.one_edge("failures", protocol), world.scope("failures"))
        (self.transformation,) = its.transformations
        (self.task,) = world.user.create_tasks(self.transformation)
        world.user.action_tasks([self.task], its.key)
        self.results = []
        for _ in range(3):
            ((_, result),) = world.run_tasks(its.scope, 1).values()
            self.results.append(result)
            world.user.set_tasks_status([self.task], "waiting")


def keys(results) -> list[str]:
    return [result.key for result in results]


def failed(world) -> Failed:
    if not hasattr(world, "failed"):
        world.failed = Failed(world)
    return world.failed


def computed(world) -> Computed:
    if not hasattr(world, "computed"):
        world.computed = Computed(world)
    return world.computed


@check("get_task_results: the result that was pushed, its keys computed anew are the same")
def task_results(world):
    made = computed(world)
    for task in made.tasks:
        for options in (QUIET, {"compress": False}):
            client = world.user_client(use_local_cache=False)
            with nothing_known():
                (found,) = client.get_task_results(task, **options)
                (expected,) = made.of(task)
                assert found is not expected
                same((found.key, found.ok(), found.name), (expected.key, True, str(task)))
                same_members(keys(found.protocol_unit_results), keys(expected.protocol_unit_results))
                same(total_of(found), 3)
        same(keys(world.user.get_task_results(task, **QUIET)), keys(made.of(task)))
        same(world.user.get_task_failures(task, **QUIET), [])


@check("get_transformation_results: gathered, gathered one by one, or raw")
def transformation_results(world):
    made = computed(world)
    get = world.user.get_transformation_results
    gathered = get(made.first)
    assert isinstance(gathered, StepsResult)
    same((gathered.n_protocol_dag_results, gathered.get_estimate(), gathered.data["totals"]), (2, 3, [3, 3]))
    for form in ("ProtocolResults", ResultFormat.PROTOCOL_RESULTS):
        one_by_one = get(made.first, return_as=form, **QUIET)
        same([(type(each), each.n_protocol_dag_results) for each in one_by_one], [(StepsResult, 1)] * 2)
    for form in ("ProtocolDAGResults", ResultFormat.PROTOCOL_DAG_RESULTS):
        same_members(keys(get(made.first, return_as=form, **QUIET)), keys(made.of(*made.tasks[:2])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        same(keys(get(made.second, return_protocoldagresults=True, **QUIET)), keys(made.of(made.tasks[2])))
    nothing = made.its.transformations[2]
    same(get(nothing, **QUIET), None)
    same(get(nothing, return_as="ProtocolResults", **QUIET), [])
    same(get(nothing, return_as="ProtocolDAGResults", **QUIET), [])


@check("get_transformation_failures, get_task_failures: each failed attempt with its traceback")
def failures(world):
    it = failed(world)
    same([result.ok() for result in it.results], [False, False, True])
    with nothing_known():
        found = world.user.get_transformation_failures(it.transformation, **QUIET)
        same_members(keys(found), keys(it.results[:2]))
        same_members(keys(world.user.get_task_failures(it.task)), keys(it.results[:2]))
        for result in found:
            (failure,) = result.protocol_unit_failures
            assert "RuntimeError: ünlucky: attempt" in failure.traceback, failure.traceback
            same(failure.exception[0], "RuntimeError")
    same(keys(world.user.get_task_results(it.task, **QUIET)), keys(it.results[2:]))
    same(world.user.get_transformation_results(it.transformation, **QUIET).n_protocol_dag_results, 1)
    same(world.user.get_transformation_failures(computed(world).first), [])


@check("a missing transformation or task: 400 'No such object in database'; 401 in a scope of others")
def missing(world):
    made = computed(world)
    with refused(AlchemiscaleClientError, MISSING, status=400):
        world.user.get_transformation_results(unknown(made.first), **QUIET)
    same(world.user.get_transformation_failures(unknown(made.first), **QUIET), [])
    for getter in ("get_task_results", "get_task_failures"):
        with refused(AlchemiscaleClientError, MISSING, status=400):
            getattr(world.user, getter)(unknown_task(made.its.scope), **QUIET)
        with refused(AlchemiscaleClientError, *not_yours(made.its.scope), status=401):
            getattr(world.limited, getter)(made.tasks[0], **QUIET)
    for getter in ("get_transformation_results", "get_transformation_failures"):
        with refused(AlchemiscaleClientError, *not_yours(made.its.scope), status=401):
            getattr(world.limited, getter)(made.first, **QUIET)


@check("GET /transformations/…/results/…: refused for an unknown route word or reference, and for what is of others")
def one_result(world):
    made = computed(world)
    reference, _ = made.done[made.tasks[0]]
    (text,) = world.user._get_resource(f"/transformations/{made.first}/results/{reference}")
    same(text.encode("latin-1")[:4], b"\x28\xb5\x2f\xfd")
    for path in (f"/nonsense/{reference}", f"/results/{unknown(reference)}"):
        with refused(AlchemiscaleClientError, status=400):
            world.user._get_resource(f"/transformations/{made.first}{path}")
    with refused(AlchemiscaleClientError, *not_yours(made.its.scope), status=401):
        world.limited._get_resource(f"/transformations/{made.first}/results/{reference}")


@check("get_network_results, get_network_failures: by worker processes, every transformation of the network")
def network_results(world):
    made, its = computed(world), computed(world).its
    gathered = world.user.get_network_results(its.key, **QUIET)
    same_members(gathered, its.transformations)
    same({key: result and result.n_protocol_dag_results for key, result in gathered.items()}, {
        made.first: 2, made.second: 1, **{key: None for key in its.transformations[2:]},
    })
    it = failed(world)
    found = world.user.get_network_failures(it.its.key)
    same({key: sorted(keys(results)) for key, results in found.items()}, {
        it.transformation: sorted(keys(it.results[:2])),
    })


@check("get_network_results: as raw results; of a missing network none; 401 in a scope of others")
def network_raw_results(world):
    it = failed(world)
    raw = world.user.get_network_results(it.its.key, return_as="ProtocolDAGResults")
    same({key: keys(results) for key, results in raw.items()}, {it.transformation: keys(it.results[2:])})
    same(world.user.get_network_results(it.its.unknown(), **QUIET), {})
    same(world.user.get_network_failures(it.its.unknown(), **QUIET), {})
    with refused(AlchemiscaleClientError, *not_yours(it.its.scope), status=401):
        world.limited.get_network_results(it.its.key, **QUIET)


@check("get_network_archive(s): the network with its results; None for a missing one")
def archives(world):
    it = failed(world)
    archive, none = world.user.get_network_archives([it.its.key, it.its.unknown()], metadata=[{"by": "ünit"}, None])
    assert isinstance(archive, AlchemicalArchive) and none is None
    same((archive.network.key, archive.metadata), (it.its.network.key, {"by": "ünit"}))
    ((transformation, results),) = archive.transformation_results
    same((transformation.key, keys(results)), (it.its.edges[0].key, keys(it.results[2:])))
    same(world.user.get_network_archive(str(it.its.unknown()), **QUIET), None)
    with refused(ValueError, "must not contain duplicate entries"):
        world.user.get_network_archives([it.its.key, it.its.key])
    with refused(AlchemiscaleClientError, *not_yours(it.its.scope), status=401):
        world.limited.get_network_archive(it.its.key, **QUIET)
