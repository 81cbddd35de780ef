"""A stand-in for Modal on loopback that speaks its protocol with the real client.

``server.modal_cloud`` runs the server, ``client.connected`` gives the real client connected to it,
and ``ends`` holds the ways in which a call may end without returning. The server answers methods
that it does not implement (images, mounts, maps, the input plane) with UNIMPLEMENTED.
"""
