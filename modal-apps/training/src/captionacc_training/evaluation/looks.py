"""Count how often the test split was looked at: each look makes its figures less reliable."""

import json
from datetime import UTC, datetime
from pathlib import Path

LOOKS = "test-looks.jsonl"


def record_look(root: Path, version: str) -> None:
    """Record that the test split was looked at with a model."""
    line = {"model": version, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    with (root / LOOKS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def count_looks(root: Path, version: str) -> tuple[int, int]:
    """How many looks there were with this model, and with all models together."""
    path = root / LOOKS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    models = [json.loads(line)["model"] for line in lines]
    return models.count(version), len(models)
