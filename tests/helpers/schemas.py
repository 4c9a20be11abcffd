"""Validation against the schemas of other formats, written from their documentation."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).parents[1] / "data" / "exports"


def validate(document: object, schema: str) -> None:
    """Fail if a document does not fit `tests/data/exports/<schema>.schema.json`."""
    rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(rules)
    jsonschema.Draft7Validator(rules).validate(document)
