"""Real servers, faults and small inputs for the tests."""
