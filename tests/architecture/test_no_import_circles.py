"""Modules of one package do not import each other in a circle."""

import grimp
import pytest

# Every package of the repository. Imports for type checking alone do not count.
PACKAGES = [
    "captionacc_calls",
    "captionacc_contracts",
    "captionacc_exports",
    "captionacc_launching", "captionacc_observability", "captionacc_http", "captionacc_supabase",
    "captionacc_wasabi", "captionacc_priority", "captionacc_webhook_gateway",
    "captionacc_flow_worker", "captionacc_media", "captionacc_extents", "captionacc_layout",
    "captionacc_scoring", "captionacc_modal", "captionacc_training", "captionacc_stack",
    "captionacc_cli", "captionacc_testkit",
]  # fmt: skip


def circles(package: str) -> list[list[str]]:
    """Groups of modules that all reach each other by imports."""
    graph = grimp.build_graph(package, cache_dir=None, exclude_type_checking_imports=True)
    reached = {module: graph.find_downstream_modules(module) | {module} for module in graph.modules}
    groups = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in graph.modules
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_do_not_import_each_other_in_a_circle(package: str) -> None:
    assert circles(package) == []
