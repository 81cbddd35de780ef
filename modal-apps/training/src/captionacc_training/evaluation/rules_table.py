"""The table of rules in Markdown, for the model card."""

from itertools import groupby

from captionacc_extents.rules.rules import Rules, rows

HEADINGS = {
    "reading": "Rules that the scores depend on:",
    "decoding": "Rules that turn scores into captions:",
}


def rules_table(rules: Rules) -> list[str]:
    """A heading and a table per part of the rules."""
    parts = []
    for part, of_part in groupby(rows(rules), key=lambda row: row.part):
        lines = ["| rule | value | unit | for | how it was found |", "|---|---|---|---|---|"]
        for row in of_part:
            origin = f"{row.rule.origin}: {row.rule.why}" if row.rule.why else row.rule.origin
            lines.append(
                f"| `{row.name}` | {row.value} | {row.rule.unit} | {row.rule.case} | {origin} |"
            )
        parts += [HEADINGS[part], "\n".join(lines)]
    return parts
