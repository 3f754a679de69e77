"""Read kiosk.toml and report all faults at once, by the keys and values of the file.

The example that it writes has simulated parts, for the demo and for tests.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from kiosk.config.models import Config, ConfigError, Desk, Names, conflicts
from kiosk.system.default_paths import DEFAULT_CONFIG
from kiosk.system.lazy_text import LazyText, lines, sentence
from lending.languages import languages
from lending.toml_text import Table, render

Fault: TypeAlias = LazyText | str

OPEN = frozenset(
    {"driver", "url", "patience", "clear_text", "host", "port", "profile", "charset", "day_first", "error_detection"}
    | {"tls", "server_name", "authority", "password_file", "sums_over_characters", "line_end"}
)
"""Keys of [central] whose values may be shown; any other value may be a secret, or a misspelt key's."""
LONGEST_VALUE = 60
NOTHING: Mapping[str, type[BaseModel]] = {}
UTF_8 = "utf-8-sig"
"""An editor on Windows may begin a file with a byte order mark."""


def load(
    path: Path,
    sections: Mapping[str, type[BaseModel]] = NOTHING,
    shown_path: Path | None = None,
    found_later: Mapping[str, Collection[str]] | None = None,
) -> Config:
    """Load a configuration. Relative paths in it start at the file's directory.

    Args:
        path: The file.
        sections: Models of further sections that the file may contain.
        shown_path: File to name in messages, if not `path`.
        found_later: Drivers by section that the machine replaces at its first start. Simulated parts stand in for them.

    Raises:
        ConfigError: The text names the file and, for each fault, the key's path, the value and what is allowed.
    """
    raw = _parse(path)
    others = [words for fault in _section_faults(raw, sections) for words in _faults_of(fault)]
    raw = {name: section for name, section in raw.items() if name not in sections}
    for part, drivers in (found_later or {}).items():
        if isinstance(raw.get(part), dict) and raw[part].get("driver") in drivers:
            raw[part] = {"driver": "simulated"}
    judged = _validate(raw, {"home": str(path.resolve().parent)})
    if isinstance(judged, Config) and not others:
        return judged
    faults = others if isinstance(judged, Config) else others + judged
    raise _unusable(shown_path or path, faults)


def load_desk(path: Path) -> Desk:
    """Load the file of a staff desk's machine. Raises ConfigError as `load` does."""
    raw = _parse(path)
    try:
        return Desk.model_validate_json(_json(raw), context={"home": str(path.resolve().parent)})
    except ValidationError as error:
        found = error.errors(include_url=False)
    raise _unusable(path, [words for fault in found for words in _faults_of(fault)])


def _parse(path: Path) -> dict[str, Any]:
    """Return what the file says. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding=UTF_8))
    except FileNotFoundError:
        if path == DEFAULT_CONFIG:
            raise ConfigError(
                sentence("{file} does not exist: create it with `sudo kiosk provision`", file=path)
            ) from None
        raise ConfigError(sentence("{file} does not exist: set another with --config", file=path)) from None
    except PermissionError:
        sudo = sentence("This user may not read {file}: run the command with sudo", file=path)
        raise ConfigError(sudo) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(sentence("Cannot read {file}: {why}", file=path, why=error)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(sentence("{file} is not valid TOML: {why}", file=path, why=error)) from None


def _unusable(path: Path, faults: Collection[Fault]) -> ConfigError:
    head = sentence("{file}: errors to correct: {n}", file=path, n=len(faults))
    return ConfigError(lines([head, *(LazyText("  {fault}", {"fault": fault}) for fault in faults)]))


def _validate(raw: Mapping[str, object], home: Mapping[str, str]) -> Config | list[Fault]:
    """Return the configuration, or every fault in it."""
    try:
        return Config.model_validate_json(_json(raw), context=dict(home))
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults = [message for fault in found for message in _faults_of(fault)]
    return faults + list(conflicts(dict(_in_order(raw, home)))) if all(fault["loc"] for fault in found) else faults


def _section_faults(raw: Mapping[str, object], sections: Mapping[str, type[BaseModel]]) -> Iterator[ErrorDetails]:
    for name, model in sections.items():
        if name not in raw:
            continue
        try:
            model.model_validate_json(_json(raw[name]))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                yield {**fault, "loc": (name, *fault["loc"])}


def _json(raw: object) -> str:
    """Encode as JSON: only in JSON mode do strict models accept a list as tuple and a string as path."""
    return json.dumps(raw, default=str)


def _in_order(raw: Mapping[str, object], home: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Yield the sections that have no fault of their own."""
    for name, field in Config.model_fields.items():
        if name not in raw:
            yield name, None if field.is_required() else field.get_default(call_default_factory=True)
            continue
        with contextlib.suppress(ValidationError):
            kind: Any = Annotated[field.annotation, *field.metadata, Field(discriminator=field.discriminator)]
            yield name, TypeAdapter(kind).validate_json(_json(raw[name]), context=dict(home))


def _faults_of(fault: ErrorDetails) -> list[Fault]:
    """Convert a validation error: one fault, or all faults of the whole file."""
    keys, kind = _keys(fault["loc"]), fault["type"]
    if kind == "value_error" and not keys:
        whole = fault["ctx"]["error"].args[0]
        return list(whole.facts.values())
    if kind == "value_error":
        error = fault["ctx"]["error"]
        message = error.args[0] if error.args and isinstance(error.args[0], LazyText) else str(error)
        if isinstance(fault["input"], dict):
            return [sentence("{key}: {why}", key=".".join(keys), why=message)]
        return [_render_fault(keys, fault["input"], message)]
    return [_of_shape(keys, fault)]


def _of_shape(keys: list[str], fault: ErrorDetails) -> Fault:
    where, loc = ".".join(keys) or sentence("the file"), fault["loc"]
    match fault["type"]:
        case "missing" if len(drivers := _tags(loc)) > 1:
            return sentence(
                "{key}.driver is missing: should be one of {allowed}", key=where, allowed=", ".join(drivers)
            )
        case "missing" if needed := _required_keys(loc):
            return sentence("{key} is missing: the section [{name}] needs {keys}", key=where, name=loc[-1], keys=needed)
        case "missing":
            return sentence("{key} is missing", key=where)
        case "extra_forbidden":
            unknown = sentence("{key} = {value} is unknown", key=where, value=_display_value(keys, fault["input"]))
            return _nearest(unknown, keys[-1], _names(loc[:-1]))
        case "union_tag_not_found":
            allowed = ", ".join(_tags(loc))
            return sentence("{key}.driver is missing: should be one of {allowed}", key=where, allowed=allowed)
        case "union_tag_invalid":
            tag, tags = str(fault["ctx"]["tag"]), _tags(loc)
            wrong = sentence("should be one of {allowed}", allowed=", ".join(tags))
            message = sentence("{key} = {value}: {why}", key=f"{where}.driver", value=repr(tag), why=wrong)
            return _nearest(message, tag, tags)
        case _:
            return _render_fault(keys, fault["input"], _explain(fault))


def _render_fault(keys: list[str], value: object, why: Fault) -> Fault:
    where = ".".join(keys) or sentence("the file")
    return sentence("{key} = {value}: {why}", key=where, value=_display_value(keys, value), why=why)


def _explain(fault: ErrorDetails) -> Fault:
    facts = fault.get("ctx", {})
    match fault["type"]:
        case "literal_error":
            message: Fault = sentence("should be {allowed}", allowed=facts["expected"])
        case "string_too_short" if facts["min_length"] == 1:
            message = sentence("should have at least 1 character")
        case "string_type":
            message = sentence("should be a valid string")
        case "int_type" | "int_parsing":
            message = sentence("should be a valid integer")
        case "greater_than_equal":
            message = sentence("should be greater than or equal to {n}", n=facts["ge"])
        case "less_than_equal":
            message = sentence("should be less than or equal to {n}", n=facts["le"])
        case _:
            message = fault["msg"].replace("Input should", "should").replace("String should", "should")
    return _nearest(message, str(fault["input"]), _quoted_choices(str(facts.get("expected", ""))))


def _quoted_choices(expected: str) -> list[str]:
    return expected.split("'")[1::2]


def _display_value(keys: list[str], value: object) -> str:
    if keys[:1] == ["enrolment"] or (keys[:1] == ["central"] and keys[-1] not in OPEN):
        return "(kept secret)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _nearest(message: Fault, word: str, known: Iterable[str]) -> Fault:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return sentence("{fault}; did you mean {word}?", fault=message, word=near[0]) if near else message


def _required_keys(loc: tuple[int | str, ...]) -> str:
    """Return the required keys of a section; empty for a key."""
    models = _models_at(loc)
    return ", ".join(
        sorted({name for model in models for name, field in model.model_fields.items() if field.is_required()})
    )


def _keys(loc: tuple[int | str, ...]) -> list[str]:
    """Return the path as it is in the file, without the tags that pydantic adds for a union."""
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
    models = _models_at(loc)
    return sorted({*languages()} if Names in models else {name for model in models for name in model.model_fields})


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


EXAMPLE = Path(__file__).parent / "kiosk.example.toml"
"""Every key with its default, as a reference for setting up a kiosk."""
"""A key that TOML accepts without quotes."""


def demo(state: Path, runtime: Path, url: str) -> dict[str, Table]:
    """Return the sections of the demo library's kiosk."""
    return {
        "library": {"names": {"zh": "湖滨图书馆", "en": "Lakeside Library"}, "branch": "main"},
        "kiosk": {"name": "Kiosk 1"},
        "paths": {"state": str(state), "runtime": str(runtime)},
        "central": {"driver": "hub", "url": url},
        "card_reader": {"driver": "simulated"},
        "barcode_scanner": {"driver": "simulated"},
        "receipt_printer": {"driver": "simulated"},
        "lights": {"driver": "simulated"},
        "keys": {"driver": "simulated"},
        "bin": {"driver": "simulated"},
        "security_gate": {"driver": "simulated"},
        "item_pad": {"driver": "simulated"},
        "sound": {"driver": "simulated"},
        "voice": {"driver": "simulated"},
        "screen": {"fullscreen": False},
    }


def write_example(path: Path, state: Path, runtime: Path, url: str, changes: Mapping[str, Table] | None = None) -> Path:
    """Write the demo's kiosk.toml with `changes` applied to its sections, readable by its owner only.

    A section with another driver replaces the demo's.
    """
    sections = demo(state, runtime, url)
    for name, table in (changes or {}).items():
        before = sections.get(name, {})
        another = table.get("driver", before.get("driver")) != before.get("driver")
        sections[name] = table if another else {**before, **table}
    path.touch(mode=0o600)
    path.write_text(render(sections), encoding="utf-8")
    return path
