"""Strategies: one for a network, stored and served with its state."""

from alchemiscale.interface.client import AlchemiscaleClientError
from checks_networks import not_yours
from harness import check, refused, same
from stratocaster.strategies import ConnectivityStrategy, RadialGrowthStrategy
from world import nothing_known


def connectivity(max_runs: int) -> ConnectivityStrategy:
    settings = ConnectivityStrategy.default_settings()
    settings.max_runs = max_runs
    return ConnectivityStrategy(settings)


def state_of(world, network) -> dict:
    state = world.user.get_network_strategy_state(network)
    return state and state.to_dict()


AT_FIRST = {
    "mode": "partial",
    "status": "awake",
    "iterations": 0,
    "sleep_interval": 3600,
    "last_iteration": None,
    "last_iteration_result_count": 0,
    "max_tasks_per_transformation": 3,
    "task_scaling": "exponential",
    "exception": None,
    "traceback": None,
}


@check("without a strategy: None from every question")
def none(world):
    its = world.submitted("strategies_none")
    for network in (its.key, its.unknown()):
        same(world.user.get_network_strategy(network), None)
        same(world.user.get_network_strategy_state(network), None)
        same(world.user.get_network_strategy_status(network), None)
        same(world.user.set_network_strategy_awake(network), None)
        same(world.user.set_network_strategy(network, None), None)


@check("set_network_strategy, get_network_strategy: equal, its key computed anew is the same; setting replaces")
def set_and_get(world):
    its = world.submitted("strategies")
    first = connectivity(4)
    same(str(world.user.set_network_strategy(its.key, first)), str(its.key_of(first)))
    with nothing_known():
        found = world.user.get_network_strategy(its.key)
        assert found is not first
        same((found.key, type(found), found.settings.max_runs), (first.key, ConnectivityStrategy, 4))
    same(state_of(world, its.key), AT_FIRST)
    same(world.user.get_network_strategy_status(its.key), "awake")
    same(world.user.set_network_strategy_awake(its.key), its.key)
    second = RadialGrowthStrategy(RadialGrowthStrategy.default_settings())
    options = {"max_tasks_per_transformation": 5, "task_scaling": "linear", "mode": "full", "sleep_interval": 60}
    same(str(world.user.set_network_strategy(its.key, second, **options)), str(its.key_of(second)))
    same(world.user.get_network_strategy(its.key).key, second.key)
    same(state_of(world, its.key), {**AT_FIRST, **options})


@check("two networks may have the same strategy, each with its own state; None removes it")
def shared_and_removed(world):
    its, other = world.submitted("strategies_shared"), world.submitted("strategies_other")
    strategy = connectivity(2)
    for each, mode in ((its, "full"), (other, "disabled")):
        world.user.set_network_strategy(each.key, strategy, mode=mode)
    same([state_of(world, each.key)["mode"] for each in (its, other)], ["full", "disabled"])
    same(world.user.set_network_strategy(its.key, None), None)
    same(world.user.get_network_strategy(its.key), None)
    same(world.user.get_network_strategy_status(its.key), None)
    same(world.user.get_network_strategy(other.key).key, strategy.key)


@check("settings that cannot be: 422, and the strategy before stays; 401 in a scope of others")
def refusals(world):
    its = world.submitted("strategies_refused")
    strategy = connectivity(3)
    world.user.set_network_strategy(its.key, strategy)
    for option, value in (
        ("mode", "nonsense"),
        ("task_scaling", "nonsense"),
        ("max_tasks_per_transformation", 0),
        ("sleep_interval", 0),
    ):
        with refused(AlchemiscaleClientError, option, status=422):
            world.user.set_network_strategy(its.key, connectivity(9), **{option: value})
    same((world.user.get_network_strategy(its.key).key, state_of(world, its.key)), (strategy.key, AT_FIRST))
    for ask in (
        lambda: world.limited.set_network_strategy(its.key, strategy),
        lambda: world.limited.get_network_strategy(its.key),
        lambda: world.limited.get_network_strategy_state(its.key),
        lambda: world.limited.get_network_strategy_status(its.key),
        lambda: world.limited.set_network_strategy_awake(its.key),
    ):
        with refused(AlchemiscaleClientError, *not_yours(its.scope), status=401):
            ask()


@check("a strategy for what is no network, or is missing: 400", stricter=True)
def no_network(world):
    its = world.submitted("strategies_refused")
    for key in (its.transformations[0], its.unknown()):
        with refused(AlchemiscaleClientError, status=400):
            world.user.set_network_strategy(key, connectivity(3))
