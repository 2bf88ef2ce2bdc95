"""Secrets encrypted anew, when the keys are rotated."""

from vifcast.errors import InvalidValueError
from vifcast.secret_box import SecretBox
from vifcast.store import Store, Subscribing


def reseal_all(store: Store, box: SecretBox) -> tuple[int, list[str]]:
    """Encrypt all with the first key: of how many, and the ids of those that no key decrypts."""
    kept = Subscribing(store)
    done, failed = 0, []
    for subscription_id, sealed in kept.secrets().items():
        try:
            # Who changes it at this moment encrypts it with the first key, too.
            kept.reseal(subscription_id, sealed, box.reseal(sealed))
            done += 1
        except InvalidValueError:
            failed.append(subscription_id)
    return done, failed
