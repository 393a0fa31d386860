"""Secrets of second factors as they lie in the database: encrypted with the home's own key, never in the clear.

A copy of the database without the home gives no code. The key is `keys/accounts` of the home (mode 0600); whoever
restores the one restores the other with it.
"""

from cryptography.fernet import Fernet, InvalidToken

from istmo.model.errors import IntegrityFailure
from istmo.model.text import Text


def new_key() -> str:
    """A random key, as text to be stored."""
    return Fernet.generate_key().decode("ascii")


def seal(secret: str, *, key: str) -> str:
    return Fernet(key).encrypt(secret.encode("utf-8")).decode("ascii")


def unseal(sealed: str, *, key: str) -> str:
    """The secret; raises `IntegrityFailure` if it was sealed with another key or changed."""
    try:
        return Fernet(key).decrypt(sealed.encode("utf-8")).decode("utf-8")
    except InvalidToken as exc:
        raise IntegrityFailure(
            Text(
                es="El secreto de un segundo factor no se puede abrir con la clave de esta instalación.",
                en="The secret of a second factor cannot be opened with this installation’s key.",
            ),
            advice=Text(
                es="Restablezca el segundo factor de la cuenta, o restaure keys/accounts de la copia de seguridad.",
                en="Reset the account’s second factor, or restore keys/accounts from the backup.",
            ),
            rule="F51",
        ) from exc
