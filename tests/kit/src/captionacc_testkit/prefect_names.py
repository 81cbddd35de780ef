"""The names of the environment variables that the locked version of Prefect reads."""

from collections.abc import Iterator
from functools import cache

from prefect.settings import Settings
from pydantic import AliasChoices, BaseModel


def is_prefect_setting(variable: str) -> bool:
    """Whether Prefect reads this environment variable; it ignores one that is misspelt."""
    return variable in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(_of(Settings))


def _of(model: type[BaseModel]) -> Iterator[str]:
    prefix = str(model.model_config.get("env_prefix") or "")
    for name, setting in model.model_fields.items():
        if isinstance(setting.annotation, type) and issubclass(setting.annotation, BaseModel):
            yield from _of(setting.annotation)
        yield f"{prefix}{name}".upper()
        if isinstance(setting.validation_alias, AliasChoices):
            for alias in setting.validation_alias.choices:
                if isinstance(alias, str):
                    yield alias.upper()
