"""Reads kiosk.toml and tells every fault at once, in the words of whoever wrote the file."""

from __future__ import annotations

import contextlib
import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from kiosk.config.models import Config, ConfigError, misfits
from kiosk.places import DEFAULT_CONFIG

OPEN = frozenset({"driver", "url", "patience", "clear_text"})
"""The keys of [central] whose value may be shown; whatever else stands there may be a secret, or one misspelt."""
LONGEST_VALUE = 60
NOTHING: Mapping[str, type[BaseModel]] = {}
UTF_8 = "utf-8-sig"
"""An editor on Windows may begin a file with a byte order mark."""


def load(path: Path, beside: Mapping[str, type[BaseModel]] = NOTHING, told: Path | None = None) -> Config:
    """Raises ConfigError: its text names the file and, per fault, the key's path, the value and what is allowed.

    `beside` are sections that are not the kiosk's, and may stand there. `told` is named in place of `path`.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding=UTF_8))
    except FileNotFoundError:
        way = "make it with `sudo kiosk provision`" if path == DEFAULT_CONFIG else "name another with --config"
        raise ConfigError(f"{path} is not there: {way}") from None
    except PermissionError:
        raise ConfigError(f"{path} may not be read by this user: type the command with sudo") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    others = [_told(fault) for fault in _faults_beside(raw, beside)]
    raw = {name: section for name, section in raw.items() if name not in beside}
    judged = _judged(raw, {"home": str(path.resolve().parent)})
    if isinstance(judged, Config) and not others:
        return judged
    faults = others if isinstance(judged, Config) else others + judged
    raise ConfigError("\n".join([f"{told or path}: {len(faults)} to mend", *(f"  {fault}" for fault in faults)]))


def _judged(raw: Mapping[str, object], home: Mapping[str, str]) -> Config | list[str]:
    """The configuration, or every fault in it."""
    try:
        return Config.model_validate_json(_json(raw), context=dict(home))
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults = [line for fault in found for line in _told(fault).splitlines()]
    return faults + list(misfits(dict(_in_order(raw, home)))) if all(fault["loc"] for fault in found) else faults


def _faults_beside(raw: Mapping[str, object], beside: Mapping[str, type[BaseModel]]) -> Iterator[ErrorDetails]:
    for name, model in beside.items():
        if name not in raw:
            continue
        try:
            model.model_validate_json(_json(raw[name]))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                yield {**fault, "loc": (name, *fault["loc"])}


def _json(raw: object) -> str:
    """JSON mode is the one in which strict models still take a list for a tuple and a string for a path."""
    return json.dumps(raw, default=str)


def _in_order(raw: Mapping[str, object], home: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """The sections that have no fault of their own."""
    for name, field in Config.model_fields.items():
        if name not in raw:
            yield name, None if field.is_required() else field.get_default(call_default_factory=True)
            continue
        with contextlib.suppress(ValidationError):
            kind: Any = Annotated[field.annotation, *field.metadata, Field(discriminator=field.discriminator)]
            yield name, TypeAdapter(kind).validate_json(_json(raw[name]), context=dict(home))


def _told(fault: ErrorDetails) -> str:
    keys = _keys(fault["loc"])
    where = ".".join(keys) or "the file"
    match fault["type"]:
        case "missing" if len(drivers := _tags(fault["loc"])) > 1:
            return f"{where}.driver is missing: should be one of {', '.join(drivers)}"
        case "missing":
            return f"{where} is missing{_what_a_section_needs(fault['loc'])}"
        case "extra_forbidden":
            return (
                f"{where} = {_shown(keys, fault['input'])} is not known{_nearest(keys[-1], _names(fault['loc'][:-1]))}"
            )
        case "union_tag_not_found":
            return f"{where}.driver is missing: should be one of {', '.join(_tags(fault['loc']))}"
        case "union_tag_invalid":
            tag = str(fault["ctx"]["tag"])
            allowed = ", ".join(_tags(fault["loc"]))
            return f"{where}.driver = {tag!r}: should be one of {allowed}{_nearest(tag, _tags(fault['loc']))}"
        case "value_error" if not keys:
            return str(fault["ctx"]["error"])
        case "value_error" if isinstance(fault["input"], dict):
            return f"{where}: {fault['ctx']['error']}"
        case "value_error":
            return f"{where} = {_shown(keys, fault['input'])}: {fault['ctx']['error']}"
        case _:
            return f"{where} = {_shown(keys, fault['input'])}: {_allowed(fault)}"


def _allowed(fault: ErrorDetails) -> str:
    message = fault["msg"].replace("Input should", "should").replace("String should", "should")
    near = _nearest(str(fault["input"]), _quoted(str(fault.get("ctx", {}).get("expected", ""))))
    return message + near


def _quoted(expected: str) -> list[str]:
    return expected.split("'")[1::2]


def _shown(keys: list[str], value: object) -> str:
    if keys[:1] == ["enrolment"] or (keys[:1] == ["central"] and keys[-1] not in OPEN):
        return "(kept secret)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _what_a_section_needs(loc: tuple[int | str, ...]) -> str:
    models = _models_at(loc)
    needed = sorted({name for model in models for name, field in model.model_fields.items() if field.is_required()})
    return f": the section [{loc[-1]}] needs {', '.join(needed)}" if needed else ""


def _keys(loc: tuple[int | str, ...]) -> list[str]:
    """The path as it stands in the file, without the tags that pydantic adds for a union."""
    models: tuple[type[BaseModel], ...] = (Config,)
    keys: list[str] = []
    for step in loc:
        if isinstance(step, int):
            keys[-1] += f"[{step + 1}]"
        elif not _is_tag(models, step):
            keys.append(step)
        models = _step(models, step)
    return keys


def _names(loc: tuple[int | str, ...]) -> list[str]:
    return sorted({name for model in _models_at(loc) for name in model.model_fields})


def _tags(loc: tuple[int | str, ...]) -> list[str]:
    return [tag for model in _models_at(loc) for tag in _drivers(model)]


def _models_at(loc: tuple[int | str, ...]) -> tuple[type[BaseModel], ...]:
    models: tuple[type[BaseModel], ...] = (Config,)
    for step in loc:
        models = _step(models, step)
    return models


def _step(models: tuple[type[BaseModel], ...], step: int | str) -> tuple[type[BaseModel], ...]:
    if isinstance(step, int):
        return models
    if _is_tag(models, step):
        return tuple(model for model in models if step in _drivers(model))
    fields: list[FieldInfo] = [model.model_fields[step] for model in models if step in model.model_fields]
    return tuple(inner for field in fields for inner in _models_in(field.annotation))


def _is_tag(models: tuple[type[BaseModel], ...], step: str) -> bool:
    return len(models) > 1 and any(step in _drivers(model) for model in models)


def _drivers(model: type[BaseModel]) -> tuple[str, ...]:
    field = model.model_fields.get("driver")
    return get_args(field.annotation) if field else ()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
