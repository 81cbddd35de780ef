"""The built files of the console: which file answers a path, and with which headers."""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

# Vite names these files after their content, so that a new content has a new name.
HASHED = "assets"
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
PAGE = "index.html"
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


def has_page(directory: Path) -> bool:
    """Whether the console was built into this folder."""
    return (directory / PAGE).is_file()


class ConsoleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send."""

    content: bytes
    media_type: str
    headers: dict[str, str]


class ConsoleFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the folder that the console was built into.

    ``store_url`` is an address of the object store as browsers reach it: the page sends parts of
    uploads there and shows pictures from there.
    """

    directory: Path
    store_url: str

    def find(self, path: str) -> ConsoleFile | None:
        """Return the file for a path below the console's address; null for a missing asset.

        The page itself is missing only while somebody builds the console anew.

        A path that names no file is a page that the console shows itself, such as
        ``videos/…/captions``.
        """
        root = self.directory.resolve()
        file = _file_below(root, path.strip("/"))
        if file is None:
            if path.strip("/").split("/")[0] == HASHED:
                return None
            file = root / PAGE
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
        return ConsoleFile(
            content=content,
            media_type=_KINDS.get(file.suffix, "application/octet-stream"),
            headers={
                "Cache-Control": _FOR_GOOD if file.is_relative_to(root / HASHED) else _ASK_AGAIN,
                "X-Content-Type-Options": "nosniff",
                **({"Content-Security-Policy": self.policy} if file.name == PAGE else {}),
                **({"Referrer-Policy": "no-referrer"} if file.name == PAGE else {}),
            },
        )

    @property
    def policy(self) -> str:
        """What the page may load: its own files, and the object store's."""
        parts = urlsplit(self.store_url)
        store = f"{parts.scheme}://{parts.netloc}"
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                f"img-src 'self' blob: {store}",
                f"media-src 'self' blob: {store}",
                f"connect-src 'self' {store}",
                "font-src 'self'",
                "worker-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            )
        )


def _file_below(root: Path, path: str) -> Path | None:
    """Return the file at a path below the folder; null when there is none."""
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):
        # A stranger's path may be longer than names of files are, or contain NUL.
        return None
