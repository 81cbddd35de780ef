"""Who calls: user tokens, their keys and the webhook's secret."""
