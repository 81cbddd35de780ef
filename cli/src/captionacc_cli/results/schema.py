"""The JSON schema of captions.json, generated from the code.

``python -m captionacc_cli.results.schema``, run in the root of the repository, writes
``docs/captions.schema.json``. A test holds the file to the code.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec
from captionacc_exports.writers.captions_json import CaptionsFile

PAGE = Path("docs/captions.schema.json")


def schema_text() -> str:
    """The text of the file with the schema."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "captions.json, which captionacc run writes",
        **msgspec.json.schema(CaptionsFile),
    }
    for struct in schema["$defs"].values():
        if "description" in struct:
            # A docstring, whose lines are indented as in the code.
            struct["description"] = inspect.cleandoc(struct["description"])
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    PAGE.write_text(schema_text(), encoding="utf-8")
