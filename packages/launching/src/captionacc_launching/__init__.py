"""The one use case "ask for work": score an order, store its job, describe its flow run."""
