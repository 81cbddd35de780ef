"""The alert rules for Prometheus name metrics and labels that the services have, and a remedy."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the package publishes no types

ROOT = Path(__file__).parents[2]
RULES = ROOT / "infra" / "alerts" / "captionacc.rules.yaml"
RUNBOOK = ROOT / "docs" / "runbook.md"
# A metric as a module makes it: its kind, its name, its description, and the rest of the call.
_MADE = re.compile(
    r'(Counter|Gauge|Histogram)\(\s*"(captionacc_\w+)",\s*(?:"[^"]*"\s*)+(?:,([^()]*(?:\([^()]*\))?))?'
)
_ENDINGS = {"Counter": ("_total",), "Gauge": ("",), "Histogram": ("_bucket", "_sum", "_count")}
# Prometheus adds these to what it reads.
_LABELS_OF_ALL = {"le", "instance", "job"}


def samples() -> dict[str, set[str]]:
    """The labels of each sample that a service can show, by the name of the sample."""
    found: dict[str, set[str]] = {}
    for folder in ("packages", "services"):
        for path in (ROOT / folder).glob("*/src/**/*.py"):
            for kind, name, rest in _MADE.findall(path.read_text(encoding="utf-8")):
                labels = set(re.findall(r'"(\w+)"', rest))
                if "LABELS" in rest:
                    labels |= {"method", "route", "status"}
                for ending in _ENDINGS[kind]:
                    found[name + ending] = labels
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


SAMPLES = samples()


def test_the_metrics_of_the_services_are_found() -> None:
    assert {"kind", "end"} <= SAMPLES["captionacc_worker_attempts_total"]
    assert "captionacc_reconciler_pass_age_seconds" in SAMPLES
    assert len(SAMPLES) > 30


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_reads_samples_that_exist(rule: dict[str, Any]) -> None:
    named = re.findall(r"captionacc_\w+", rule["expr"])
    assert named
    known = set(_LABELS_OF_ALL)
    for name in named:
        assert name in SAMPLES, f"no service shows {name}"
        known |= SAMPLES[name]
    for name, chosen in re.findall(r"(captionacc_\w+)\{([^}]*)\}", rule["expr"]):
        assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", chosen)) <= SAMPLES[name]
    grouped = re.findall(r"by \(([^)]*)\)", rule["expr"])
    used = {label.strip() for labels in grouped for label in labels.split(",")}
    used |= set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert used <= known


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_leads_to_a_section_of_our_pages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "warning")
    assert rule["expr"].count("(") == rule["expr"].count(")")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    if anchor:
        assert anchor in {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
        }


def test_each_alert_of_the_runbook_has_a_rule() -> None:
    """The page says that the rules have all of its alerts."""
    table = RUNBOOK.read_text(encoding="utf-8").partition("\n## Alerts\n")[2].partition("\n## ")[0]
    watched = {
        metric
        for row in table.splitlines()
        for metric in re.findall(r"`(captionacc_\w+)`", row.split(" | ")[0])
    }
    assert len(watched) > 10
    expressions = " ".join(rule["expr"] for rule in rules())
    assert {metric for metric in watched if metric not in expressions} == set()


def test_names_of_rules_are_unique() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
