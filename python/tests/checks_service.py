"""Logging in, scopes, and signs of life, for all three clients."""

import os
import warnings

from alchemiscale import AlchemiscaleClient, Scope
from alchemiscale.compute.client import (
    AlchemiscaleComputeClient,
    AlchemiscaleComputeClientError,
    AlchemiscaleComputeManagerClient,
    AlchemiscaleComputeManagerClientError,
)
from alchemiscale.interface.client import AlchemiscaleClientError
from harness import check, refused, same
from world import LIMITED_SCOPES


@check("a client made from the environment answers like one made from arguments")
def from_environment(world):
    same(AlchemiscaleClient().get_info(), world.user.get_info())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        AlchemiscaleClient(api_url=f"{os.environ['ALCHEMISCALE_URL']}/").get_info()
    assert any("explicit API URL" in str(each.message) for each in caught), "no warning of two URLs"


@check("get_info")
def info(world):
    for client in (world.user, world.compute, world.manager):
        same(client.get_info(), {"message": "nothing yet"})


@check("the health check of both services finds their stores")
def api_check(world):
    for client in (world.user, world.compute, world.manager):
        same(client._api_check(), None)


@check("get_scopes, list_scopes: sorted, as granted")
def scopes(world):
    same([str(scope) for scope in world.limited.get_scopes()], LIMITED_SCOPES)
    same([str(scope) for scope in world.limited.list_scopes()], LIMITED_SCOPES)
    assert any(scope.is_superset(Scope("test", "python", "x")) for scope in world.user.list_scopes())


@check("AlchemiscaleComputeClient.list_scopes")
def compute_scopes(world):
    same(sorted(str(scope) for scope in world.limited_compute.list_scopes()), LIMITED_SCOPES)
    assert any(scope.is_superset(Scope("test", "python", "x")) for scope in world.compute.list_scopes())


@check("get_scoped_key: made here, and for specific scopes only")
def scoped_key(world):
    network, scope = world.network("service"), world.scope("service")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        key = world.user.get_scoped_key(network, scope)
    same(str(key), f"{network.key}-{scope}")
    assert any(each.category is DeprecationWarning for each in caught)
    with refused(ValueError, "must be specific"):
        world.user.get_scoped_key(network, Scope("test"))


@check("a wrong key: 401")
def wrong_key(world):
    url, name = world.env["ALCHEMISCALE_URL"], world.env["ALCHEMISCALE_ID"]
    with refused(AlchemiscaleClientError, "Status Code 401 : Unauthorized", status=401):
        AlchemiscaleClient(url, name, "wrong", use_local_cache=False).get_info()
    settings = {**world.compute_settings(), "key": "wrong"}
    with refused(AlchemiscaleComputeClientError, "Status Code 401 : Unauthorized", status=401):
        AlchemiscaleComputeClient(**settings, use_local_cache=False).get_info()
    with refused(AlchemiscaleComputeManagerClientError, "Status Code 401 : Unauthorized", status=401):
        AlchemiscaleComputeManagerClient(**settings, use_local_cache=False).get_info()


@check("an unknown identity: 401 too", stricter=True)
def unknown_identity(world):
    with refused(AlchemiscaleClientError, "Status Code 401 : Unauthorized", status=401):
        AlchemiscaleClient(world.env["ALCHEMISCALE_URL"], f"{world.run}-nobody", "x", use_local_cache=False).get_info()


@check("user identities are unknown to the compute API", stricter=True)
def other_kind(world):
    user = {name.lower(): world.env[f"ALCHEMISCALE_{name}"] for name in ("KEY",)}
    with refused(AlchemiscaleComputeClientError, "Status Code 401", status=401):
        AlchemiscaleComputeClient(
            world.env["ALCHEMISCALE_COMPUTE_URL"], world.env["ALCHEMISCALE_ID"], **user, use_local_cache=False
        ).get_info()


@check("a token that is no longer good is renewed without a word")
def token_renewed(world):
    client = world.user_client()
    for stale in ("stale", client):
        if stale is client:
            client._get_token()
            head, body, signature = client._jwtoken.split(".")
            stale = f"{head}.{body}.{signature[:-2]}{'AA' if signature[-2:] != 'AA' else 'BB'}"
        client._jwtoken = stale
        client._headers = {"Authorization": f"Bearer {stale}", "Content-type": "application/json"}
        same(client.get_info(), {"message": "nothing yet"})
        assert client._jwtoken != stale
        client._jwtoken = stale
        client._headers = {"Authorization": f"Bearer {stale}", "Content-type": "application/json"}
        unknown = world.submitted("service").unknown()
        same(client.get_networks_weight([world.submitted("service").key], batch_size=1), [0.5])
        same(client.check_exists(unknown), False)


@check("an unknown route: 404 with its text, after the retries")
def unknown_route(world):
    client = world.user_client(max_retries=0)
    with refused(AlchemiscaleClientError, "Status Code 404 : Not Found : Not Found", status=404):
        client._get_resource("/nope")
    with refused(AlchemiscaleClientError, "Status Code 404 : Not Found : Not Found", status=404):
        client._post_resource("/nope", {})
