"""Which version of each code list the database's types were made from."""

from django.db import models


class CodelistVersion(models.Model):
    codelist = models.CharField(max_length=60, primary_key=True)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.codelist} {self.version}"
