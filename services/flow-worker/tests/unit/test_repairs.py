"""How a pass of the reconciler reports what it did."""

from captionacc_flow_worker.upkeep.repairs import Repairs


def test_sentence_counts_by_kind() -> None:
    repairs = Repairs()
    assert repairs.sentence() == "Nothing to repair."

    repairs.add("runs_made", 2)
    repairs.add("leases_reclaimed", 0)
    repairs.add("runs_made")

    assert repairs.sentence() == "Repaired runs_made: 3."
