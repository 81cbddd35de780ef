"""Our pages link to files that exist, and name files, symbols and commands that exist.

Text in backticks that looks like one of the following must exist:

- a path or a file name of ours: in the repository, relative to the page or anywhere in it;
- a folder: a name that ends in ``/``;
- ``captionacc_x.y``: a module, or a name that a module defines at its top level;
- ``Class.member`` of a class of ours, and ``table.column`` of a table of ours;
- ``make target``, ``captionacc command`` and ``captionacc-program``;
- an identifier with an underscore or with capitals inside: a word of the source.

A name of another project passes when our source uses it too. Other text in backticks, such as
values and files that a run writes, is not checked.
"""

import ast
import contextlib
import io
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from captionacc_cli.command_line.arguments import parser
from captionacc_contracts.events import EventKind

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("packages/*/README.md"),
        *ROOT.glob("services/*/README.md"),
        *ROOT.glob("modal-apps/**/README.md"),
        *ROOT.glob("cli/README.md"),
        *ROOT.glob("infra/stack/README.md"),
        *ROOT.glob("tests/kit/README.md"),
    }
)
# The changelog names things that no longer exist.
NAMING_PAGES = [page for page in PAGES if page.name != "CHANGELOG.md"]

# A file name with one of these endings must be a file of ours; a run may write the other files.
_OUR_ENDINGS = (".py", ".sql", ".md", ".toml", ".sh", ".txt", ".Dockerfile")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CAPITALS_INSIDE = re.compile(r"[A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*")
_FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_WRITTEN_BY_RUNS = (".srt", ".vtt", ".json", ".html", ".db", ".gz")
_METRIC = re.compile(r"(?:Counter|Gauge|Histogram)\(\s*\"(captionacc_\w+)\"")


def _page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def _tracked() -> tuple[PurePosixPath, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = (line for line in listed.stdout.splitlines() if (ROOT / line).exists())
    return tuple(PurePosixPath(name) for name in names)


@cache
def _folders() -> frozenset[PurePosixPath]:
    return frozenset(parent for path in _tracked() for parent in path.parents)


@cache
def _source() -> str:
    """The text of everything that is not a page, with the modules' own names."""
    parts = []
    for path in _tracked():
        if path.suffix in (".md", ".lock", ".png", ".onnx", ".safetensors"):
            continue
        # This file holds invented names.
        if (ROOT / path) == Path(__file__):
            continue
        with contextlib.suppress(UnicodeDecodeError):
            parts.append(f"{path}\n{(ROOT / path).read_text(encoding='utf-8')}")
    return "\n".join(parts)


@cache
def _words() -> frozenset[str]:
    return frozenset(_WORD.findall(_source()))


def _is_setting(name: str) -> bool:
    """Whether an environment variable fills a field; settings structs have it in lower case."""
    return name.isupper() and name.lower() in _words()


@cache
def _members() -> dict[str, set[str]]:
    """The members of every class of ours, and the columns of every table."""
    members: dict[str, set[str]] = {}
    for path in _tracked():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    members.setdefault(node.name, set()).update(_names(node.body))
        elif path.suffix == ".sql":
            text = (ROOT / path).read_text(encoding="utf-8")
            for table, body in re.findall(
                r"create (?:table|view) captionacc\.(\w+)(.*?);\n", text, re.DOTALL
            ):
                members.setdefault(table, set()).update(_WORD.findall(body))
    return members


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """Names that statements define, also under ``if`` and ``try``."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


@cache
def _make_targets() -> frozenset[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))


@cache
def _is_command(name: str) -> bool:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            parser().parse_args([name, "--help"])
        except SystemExit as ended:
            return ended.code == 0
    return False


def _is_module_or_symbol(dotted: str) -> bool:
    path = PurePosixPath(*dotted.split("."))
    module_files = (path.with_suffix(".py"), path / "__init__.py")
    if any(_has_suffix(file) for file in module_files):
        return True
    parent, _, name = dotted.rpartition(".")
    for file in _tracked():
        inside = PurePosixPath(*parent.split(".")) if parent else None
        if inside and _ends(file, inside.with_suffix(".py")):
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            return name in set(_names(tree.body))
    return False


def _ends(path: PurePosixPath, tail: PurePosixPath) -> bool:
    return path.parts[-len(tail.parts) :] == tail.parts


def _has_suffix(tail: PurePosixPath) -> bool:
    return any(_ends(path, tail) for path in _tracked())


def _is_path(text: str, page: Path) -> bool:
    """Whether a path or glob matches, from the root, from the page, or as the end of a path."""
    if any(any(base.glob(text.rstrip("/"))) for base in (ROOT, page.parent)):
        return True
    tail = PurePosixPath(text)
    candidates: tuple[PurePosixPath, ...] = (*_tracked(), *_folders())
    return any(_ends(path, tail) for path in candidates)


def unknown_names(text: str, page: Path) -> list[str]:
    """Names in backticks in ``text``, the Markdown of ``page``, that do not exist."""
    fenced = _FENCED.findall(text)
    inline = re.findall(r"`([^`\n]+)`", _FENCED.sub("", text))
    unknown = [name for span in inline for name in _unknown_in(span, page)]
    return unknown + [name for block in fenced for name in _unknown_commands(block)]


def _unknown_commands(span: str) -> Iterator[str]:
    for target in re.findall(r"(?:^|(?<=[\s;&]))make ((?!=)[a-z][a-z0-9-]*)", span):
        if target not in _make_targets():
            yield f"make {target}"
    for command in re.findall(r"(?:^|(?<=[\s/]))captionacc ([a-z][a-z-]*)", span):
        if not _is_command(command):
            yield f"captionacc {command}"


def _unknown_in(span: str, page: Path) -> Iterator[str]:
    yield from _unknown_commands(span)
    for token in re.split(r"[\s,;()\[\]=:\"'<>|]+", span):
        name = token.strip(".!?").removeprefix("./")
        # Routes, options, addresses and files that a run writes are not names of ours.
        if not name or "{" in name or name.endswith(_WRITTEN_BY_RUNS):
            continue
        if name.startswith((".venv", "http", "/", "-", "$", "~", "%")):
            continue
        if not _exists(name, page):
            yield name


def _exists(name: str, page: Path) -> bool:
    """Whether ``name`` exists, or is of a kind that this test does not check."""
    top = name.split("/")[0]
    if name.endswith(_OUR_ENDINGS) and "…" not in name:
        return _is_path(name, page)
    if "/" in name and (name.endswith("/") or PurePosixPath(top) in _folders()):
        return _is_path(name, page)
    if name.startswith("captionacc-"):
        return name in _source()
    if name.startswith("captionacc_") and "." in name:
        return _is_module_or_symbol(name)
    prefix = re.fullmatch(r"([A-Z][A-Z0-9_]*_)[…*]", name)
    if prefix:
        return any(word.startswith((prefix[1], prefix[1].lower())) for word in _words())
    if name in set(EventKind):
        return True
    if re.fullmatch(r"\w+\.\w+", name) and name.split(".")[0] in _members():
        owner, member = name.split(".")
        return member in _members()[owner]
    if _WORD.fullmatch(name) and (re.search(r"[^_]_\w", name) or _CAPITALS_INSIDE.fullmatch(name)):
        return name in _words() or _is_setting(name) or _has_suffix(PurePosixPath(f"{name}.py"))
    return True


@pytest.mark.parametrize("page", PAGES, ids=_page_name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_page_name)
def test_links_to_headings_lead_to_headings(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s:]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    missing = [
        f"{target}#{anchor}"
        for target, anchor in links
        if anchor not in _anchors((page.parent / target) if target else page)
    ]
    assert missing == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", NAMING_PAGES, ids=_page_name)
def test_pages_name_what_exists(page: Path) -> None:
    assert unknown_names(page.read_text(encoding="utf-8"), page) == []


def test_architecture_names_every_metric() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    of_services = {
        name
        for path in _tracked()
        if path.suffix == ".py" and "tests" not in path.parts
        for name in _METRIC.findall((ROOT / path).read_text(encoding="utf-8"))
    }
    assert of_services
    assert sorted(name for name in of_services if f"`{name}`" not in page) == []


# Per kind of name: a name that exists, and an invented one.
NAMES = {
    "page": ("docs/architecture.md", "docs/nowhere.md"),
    "file name": ("frame_index.py", "nowhere.py"),
    "path": ("modal-apps/*/tests/torch", "services/flow-worker/nowhere"),
    "folder": ("routes/", "nowhere/"),
    "module": ("captionacc_contracts.work.states", "captionacc_contracts.nowhere"),
    "member of a module": (
        "captionacc_contracts.work.states.VideoStatus",
        "captionacc_contracts.work.states.Nowhere",
    ),
    "metric": ("captionacc_worker_jobs_claimed", "captionacc_worker_nowhere"),
    "program": ("captionacc-priority", "captionacc-nowhere"),
    "command": ("captionacc status --json", "captionacc nowhere"),
    "make target": ("make test T=tests/architecture", "make nowhere"),
    "setting": ("WORKER_CONCURRENCY=10", "WORKER_NOWHERE"),
    "settings": ("WASABI_*", "NOWHERE_*"),
    "member of an enum": ("JobKind.CAPTION_OCR", "JobKind.NOWHERE"),
    "column": ("jobs.lease_token", "jobs.nowhere"),
    "class": ("CropRegion", "NowhereClass"),
    "function": ("digest_of", "nowhere_at_all"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_known_name_passes_and_an_invented_name_is_found(kind: str) -> None:
    page = ROOT / "README.md"
    known, invented = NAMES[kind]
    assert unknown_names(f"See `{known}`.", page) == []
    assert unknown_names(f"See `{invented}`.", page) == [invented]


@pytest.mark.parametrize("known", ["PRIORITY_…", "captions.srt", "GET /videos/{id}"])
def test_other_known_words_pass(known: str) -> None:
    assert unknown_names(f"See `{known}`.", ROOT / "README.md") == []


def test_commands_in_blocks_are_checked() -> None:
    page = ROOT / "README.md"
    assert unknown_names("```console\n$ make nowhere\n```\n", page) == ["make nowhere"]
