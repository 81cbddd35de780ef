from itertools import combinations
from pathlib import Path

import captionacc_training.data.splits as splits_module
from captionacc_training.data.sources import PACKAGES
from captionacc_training.data.splits import SPLITS, manifest, manifest_text

COMMITTED = Path(splits_module.__file__).with_name("splits.json")


def test_the_committed_manifest_is_that_of_the_code() -> None:
    assert COMMITTED.read_text("utf-8") == manifest_text()


def test_no_source_is_in_two_splits() -> None:
    files = {
        split: {
            (package.name, pattern)
            for package in PACKAGES
            if package.split == split and package.kind in ("footage", "photos", "fonts")
            for pattern in package.patterns
        }
        for split in SPLITS
    }
    fonts = {
        split: {p.name for p in PACKAGES if (p.split, p.kind) == (split, "fonts")}
        for split in SPLITS
    }
    for one, other in combinations(SPLITS, 2):
        assert not files[one] & files[other]
        assert not fonts[one] & fonts[other]
        assert manifest()["splits"][one]["text"] != manifest()["splits"][other]["text"]
