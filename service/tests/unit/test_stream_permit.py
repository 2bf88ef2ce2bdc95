from vifcast.api.stream.permit import Permit
from vifcast.identity.asked import Asked
from vifcast.identity.policy import View

VIEW = View("one", has_details=False)


def key_of(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Permit(Asked("GET", "/v1/stream", named, "192.0.2.7"), VIEW).key


def test_readers_with_another_token_of_a_service_are_looked_at_apart():
    user = {"x_auth_token": "a"}
    assert key_of(**user) == key_of(**user)
    assert key_of(**user) != key_of(**user, x_service_token="b")
    assert key_of(**user, x_service_token="b") != key_of(**user, x_service_token="c")
