"""The command ``languages``: what this machine reads, and how it comes to read more.

Each function imports what it needs only when it runs, so that ``captionacc --help`` answers at
once.
"""

import argparse
import os
import sys
from urllib.parse import urlsplit

from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.languages.language import Language

from captionacc_cli.command_line.checks import UsageError
from captionacc_cli.command_line.exit_codes import DONE, FAILED


def languages(arguments: argparse.Namespace) -> int:
    if arguments.action == "install":
        return _install(arguments.language, arguments.mirror)
    from captionacc_cli.local_stack import languages as here

    print(here.table(here.installed_here(os.environ)))
    return DONE


def _install(language: Language, mirror: str | None) -> int:
    from captionacc_contracts.languages.default_recogniser import reads_by_default
    from captionacc_media.ocr.languages import fetching
    from captionacc_media.ocr.languages.readability import other_engines
    from captionacc_media.ocr.languages.recognisers import installed_recognisers, recogniser_of

    from captionacc_cli.local_stack import languages as here

    if reads_by_default(language):
        print(f"RapidOCR reads {language.name} already; nothing is to be installed.")
        return DONE
    recogniser = recogniser_of(language)
    if recogniser is None:
        message = f"RapidOCR has no recogniser for {language.name}. {other_engines(language)}"
        raise UsageError(message)
    folder = here.recogniser_folder(os.environ)
    if recogniser in installed_recognisers(folder):
        print(f"The recogniser {recogniser}, which reads {language.name}, is already in {folder}.")
        return DONE
    source = fetching.source_of(recogniser)
    if mirror is not None:
        source = fetching.on_mirror(source, mirror)
    server = urlsplit(source.url).netloc
    print(f"Fetching the recogniser {recogniser} from {server} ...", flush=True)
    try:
        fetched = fetching.fetch(recogniser, source, folder)
    except CaptionAccError as error:
        print(f"captionacc: {error.message}", file=sys.stderr)
        return FAILED
    print(f"RapidOCR reads {language.name} now; its recogniser is {fetched}.")
    return DONE
