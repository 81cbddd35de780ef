"""What lies between a service's routes and its clients: connections, bodies, methods, logs."""
