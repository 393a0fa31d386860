"""Labels as sources write them, folded so that equal words compare equal.

Folding is exact matching after case, accents, spaces and soft hyphens are evened out; it never brings two different
words together beyond that ("Níger" and "Niger" are one label, "Níger" and "Nigeria" are two).
"""

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\ufeff\u2060"))
_ENYE = "\ue000"  # a sign for private use: it stands for ñ while accents are taken off
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")


def clean(label: str) -> str:
    """The label without soft hyphens and zero-width signs, inner white space as single spaces, none at the ends."""
    return _SPACES.sub(" ", label.translate(_INVISIBLE)).strip()


def fold(label: str) -> str:
    """The label for comparison: cleaned, lower case, without accents, plain apostrophes; ñ is a letter of its own."""
    text = unicodedata.normalize("NFC", clean(label)).replace("’", "'")
    text = text.replace("ñ", _ENYE).replace("Ñ", _ENYE)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return clean(plain.casefold().replace(_ENYE, "ñ"))


def collation_key(label: str) -> str:
    """Sorts names as a Spanish dictionary does: Á beside A, Ñ after N and before O, opening marks ignored.

    Names are sorted here and not by the database, whose `C.UTF-8` puts Á after Z.
    """
    return fold(label).lstrip("«“\"'¿¡(").replace("ñ", "n\U0010ffff")
