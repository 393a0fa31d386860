"""A sentence in both languages of the system, always together."""

from dataclasses import dataclass

LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """`es` is written for the region (usted, es-419); `en` says the same."""

    es: str
    en: str

    def __post_init__(self) -> None:
        if not self.es or not self.en:
            raise ValueError(f"both languages are needed: {self.es!r} / {self.en!r}")

    def in_(self, language: str) -> str:
        """The wording in `language` ("es" or "en")."""
        if language not in LANGUAGES:
            raise ValueError(f"no such language: {language}")
        return self.es if language == "es" else self.en

    def as_json(self) -> dict[str, str]:
        return {"es": self.es, "en": self.en}
