"""Modal's own protocol on loopback: the real client spawns, waits and cancels against it.

``cloud.modal_cloud`` runs the server, ``client.connected`` gives the real client pointed at it,
``ends`` holds how a call may end other than by returning. Methods that the server does not know
(images, mounts, maps, the input plane) it answers with UNIMPLEMENTED.
"""
