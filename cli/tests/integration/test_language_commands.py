"""What a person sees of languages on the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from captionacc_cli.local_stack import languages
from captionacc_media.ocr.languages.recognisers import Recogniser, model_file


def captionacc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "captionacc_cli", *arguments],
        env={**os.environ, "COMPUTE_RECOGNISERS": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a machine without Tesseract and without recognisers."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return {"COMPUTE_RECOGNISERS": str(tmp_path)}


def test_languages_are_listed_by_the_engine_that_reads_them(tmp_path: Path) -> None:
    model_file(tmp_path, Recogniser.ESLAV).touch()
    done = captionacc(tmp_path, "languages")
    assert done.returncode == 0, done.stderr
    package, installed = done.stdout.split("\n\n")[:2]
    assert package.startswith("RapidOCR, in the package:")
    assert "Chinese (zh)" in package
    assert "Vietnamese" not in package
    assert installed.startswith("RapidOCR, with installed recognisers:")
    assert "Russian (ru)" in installed
    assert "`captionacc languages install LANG` fetches a recogniser:" in done.stdout


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("zh", 0, "RapidOCR reads Chinese already"),
        ("hebrew", 2, "Install Tesseract with Hebrew (Debian: tesseract-ocr-heb)"),
        ("ruusian", 2, "Did you mean Russian?"),
        ("ru", 1, "could not be fetched from 127.0.0.1:9: check the connection"),
    ],
)
def test_installing_a_language_ends_with_a_sentence(
    tmp_path: Path, language: str, code: int, said: str
) -> None:
    mirror = "http://127.0.0.1:9"
    done = captionacc(tmp_path, "languages", "install", language, "--mirror", mirror)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_installed_language_is_not_fetched_again(tmp_path: Path) -> None:
    model_file(tmp_path, Recogniser.THAI).touch()
    done = captionacc(tmp_path, "languages", "install", "Thai", "--mirror", "http://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The recogniser th, which reads Thai, is already in" in done.stdout


def test_a_language_that_is_not_read_is_said_before_work_starts(bare: dict[str, str]) -> None:
    said = languages.warning("ru", bare) or ""
    assert said.startswith("No engine here reads Russian.")
    assert languages.warning("zh", bare) is None
    assert languages.warning(None, bare) is None
    assert languages.warning("ru", {**bare, "OCR_ENGINE": "google-vision"}) is None


def test_doctor_and_status_say_what_is_read(bare: dict[str, str], tmp_path: Path) -> None:
    assert languages.summary(bare).startswith("RapidOCR: Chinese, Japanese, English and ")
    assert set(languages.tags(bare)) == {"rapidocr"}
    model_file(tmp_path, Recogniser.ESLAV).touch()
    assert "installed recognisers: Belarusian, Russian, Ukrainian" in languages.summary(bare)
    assert languages.tags(bare)["rapidocr-recogniser"] == ["be", "ru", "uk"]
    by_google = languages.summary({**bare, "OCR_ENGINE": "google-vision"})
    assert by_google.startswith("Google Vision reads")
