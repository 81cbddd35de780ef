"""The configuration files of a Swift of four processes with one device."""

from pathlib import Path

SWIFT_CONF = """\
[swift-hash]
swift_hash_path_prefix = captionacc
swift_hash_path_suffix = captionacc
"""

# Swift's default time-outs are for a data centre. On a busy laptop they would drop entries of
# listings (we run no updater that repeats them) and exclude the only device.
COMMON = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {swift_dir}
user = {user}
workers = 0
log_level = WARNING
backlog = 1024
"""

PROXY = (
    COMMON
    + """
[pipeline:main]
pipeline = catch_errors healthcheck cache listing_formats bulk s3api tempauth slo dlo proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 60
recoverable_node_timeout = 60
conn_timeout = 10
client_timeout = 60
error_suppression_limit = 1000000
# Any page may ask, because only a presigned address lets it in; Swift takes no rules by its API.
cors_allow_origin = *
cors_expose_headers = content-length, content-range, accept-ranges

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:healthcheck]
use = egg:swift#healthcheck

[filter:cache]
paste.filter_factory = captionacc_stack.servers.swift_cache:filter_factory

[filter:listing_formats]
use = egg:swift#listing_formats

[filter:bulk]
use = egg:swift#bulk

[filter:s3api]
use = egg:swift#s3api
location = {region}
max_upload_part_num = 10000
cors_preflight_allow_origin = *

[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user_name} = {secret} .admin

[filter:slo]
use = egg:swift#slo

[filter:dlo]
use = egg:swift#dlo
"""
)

BACKEND = (
    COMMON
    + """\
devices = {devices}
mount_check = false
disable_fallocate = true

[pipeline:main]
pipeline = healthcheck {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
node_timeout = 60
conn_timeout = 10
container_update_timeout = 30

[filter:healthcheck]
use = egg:swift#healthcheck
"""
)


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
