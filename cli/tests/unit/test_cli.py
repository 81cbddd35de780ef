import subprocess
import sys
from pathlib import Path

import pytest
from captionacc_cli.command_line import arguments as cli
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.roles import Role
from captionacc_contracts.work.tiers import Tier


def test_run_takes_its_options() -> None:
    arguments = cli.parser().parse_args(
        ["run", "a b'c\".mp4", "b.mkv", "--crop", "0.1,0.7,0.9,1", "--language", "zh-Hans"]
    )
    assert arguments.videos == [Path("a b'c\".mp4"), Path("b.mkv")]
    assert arguments.crop == [
        CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=1.0)
    ]
    assert (arguments.language, arguments.tier) == ("zh-Hans", Tier.FREE)
    assert (arguments.keep, arguments.force, arguments.overwrite) == (False, False, False)


def test_a_region_per_place_can_be_given() -> None:
    arguments = cli.parser().parse_args(
        ["run", "a.mp4", "--crop", "0,0.8,1,1", "--crop", "0,0,1,0.2"]
    )
    assert [region.crop_top for region in arguments.crop] == [0.8, 0.0]


def test_a_token_has_the_role_that_is_asked_for() -> None:
    usual = cli.parser().parse_args(["token"])
    assert (usual.role, usual.operator) == (Role.ADMIN, False)
    chosen = cli.parser().parse_args(["token", "--role", "viewer", "--operator"])
    assert (chosen.role, chosen.operator) == (Role.VIEWER, True)


def test_an_address_gets_the_advice_to_download(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(["run", "https://example.org/v?id=1"])
    assert ended.value.code == 2
    assert "yt-dlp 'https://example.org/v?id=1'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "tag"), [("zh_CN", "zh-CN"), ("chinese", "zh"), ("rus", "ru"), ("und", None)]
)
def test_a_language_is_understood_from_a_code_or_a_name(given: str, tag: str | None) -> None:
    arguments = cli.parser().parse_args(["run", "a.mp4", "--language", given])
    assert arguments.language == tag


@pytest.mark.parametrize(
    "wrong",
    [
        ["run"],
        ["run", "a.mp4", "--crop", "0.1,0.2,0.3"],
        ["run", "a.mp4", "--crop", "0.9,0.2,0.1,0.4"],
        ["run", "a.mp4", "--crop", "0,0,1,1.2"],
        ["run", "a.mp4", "--crop", "0,0,1,nan"],
        ["run", "a.mp4", "--language", "two words"],
        ["languages", "install"],
        ["languages", "install", "klingonish"],
        ["run", "a.mp4", "--tier", "gold"],
        ["token", "--role", "owner"],
        ["fly"],
        [],
    ],
)
def test_wrong_usage_exits_2_with_a_sentence(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(wrong)
    assert ended.value.code == 2
    assert "captionacc" in capsys.readouterr().err


def test_help_is_quick_and_imports_no_service() -> None:
    code = (
        "import sys, captionacc_cli.__main__ as m; "
        "heavy = {'prefect', 'litestar', 'av', 'numpy', 'aioboto3', 'httpx', 'asyncpg'}; "
        "sys.exit(','.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
