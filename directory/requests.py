"""What ActorMiddleware adds to a request."""

from django.http import HttpRequest

from common.errors import DomainError
from directory.actors import Actor


class ApiRequest(HttpRequest):
    """A request at the REST door.

    Attributes:
        actor: who is calling; None when nobody is signed in, never None behind `signed_in`.
        actor_error: the refusal that `signed_in` answers instead, such as a post that is no longer held.
        by_cookie: whether the browser sent the secret by itself, so that CSRF is checked.
        client_addr: the client's address as far as the proxy settings let us believe it.
    """

    actor: Actor
    actor_error: DomainError | None
    by_cookie: bool
    client_addr: str
