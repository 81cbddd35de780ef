"""The prices in docs/deploy.md are those of the price list and of the forecast."""

from pathlib import Path

from captionacc_contracts.work.forecast import WHOLE_JOB
from captionacc_contracts.work.functions import FUNCTIONS

from infra.checks.gpu_costs import PAGE, page, usd

ROOT = Path(__file__).parents[2]


def test_the_page_has_the_present_prices() -> None:
    present = (ROOT / PAGE).read_text("utf-8")
    assert present == page(present), (
        "docs/deploy.md is stale: run .venv/bin/python -m infra.checks.gpu_costs"
    )


def test_a_gpu_costs_more_than_none() -> None:
    for function in WHOLE_JOB:
        assert usd(function, FUNCTIONS[function].gpu) > 3 * usd(function, None)
