"""The one use case for asking for work: score it, store its job, describe its flow run."""
