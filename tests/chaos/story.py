"""What is published: NICs of many servers that come and go, as vifcast-nova reports them."""

import datetime as dt
import threading
import uuid
from random import Random

from notifications import body, interface, payload
from publisher import Publisher

_INSTANCES = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) for number in range(40)]


class Story:
    """Publishes in a thread of its own, at most so many a second, until it is ended.

    An instance's next operation begins when the one before has ended. ``published`` has the
    message ids that the broker has confirmed.
    """

    def __init__(self, url: str, random: Random, per_s: float) -> None:
        self.published: list[str] = []
        self.failure: BaseException | None = None
        self._publisher = Publisher(url)
        self._random = random
        self._pause_s = 1 / per_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Publish no more. Raises what kept it from publishing."""
        self._ending.set()
        self._thread.join()
        self._publisher.close()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            under_way: list[tuple[str, str, str]] = []
            while not self._ending.wait(self._pause_s):
                busy = {instance for instance, _, _ in under_way}
                free = [each for each in _INSTANCES if each not in busy]
                if free and (not under_way or self._random.random() < 0.5):
                    action = self._random.choice(("attach", "attach", "detach"))
                    begun = (self._random.choice(free), action, str(uuid.uuid4()))
                    under_way.append(begun)
                    self._publish(*begun, "start")
                else:
                    ended = under_way.pop(self._random.randrange(len(under_way)))
                    self._publish(*ended, self._random.choice(("end", "end", "end", "error")))
        except BaseException as error:  # noqa: BLE001 - raised by end()
            self.failure = error

    def _publish(self, instance: str, action: str, operation: str, phase: str) -> None:
        message_id = str(uuid.uuid4())
        event_type = f"compute.instance.interface_{action}.{phase}"
        port = str(uuid.uuid5(uuid.UUID(instance), "port"))
        about = interface(operation_id=operation, port_id=port)
        self._publisher(
            body(
                event_type,
                payload=payload(instance_id=instance, interface=about),
                message_id=message_id,
                timestamp=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}",
            ),
            f"notifications.{'error' if phase == 'error' else 'info'}",
        )
        self.published.append(message_id)
