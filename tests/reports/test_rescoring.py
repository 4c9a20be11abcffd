from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers.restored_images import write_pairs
from helpers.submissions import Contents, Submission, brighter, edit_archive, forge_records, seal, write_submission
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import RunFolderError
from restorebench.bench.terminal.progress import Silent
from restorebench.reports.rescoring import Rescoring, rescore
from restorebench.reports.submission import check_archive


def rescored(sent: Submission, data: Path | None = None) -> Rescoring:
    return rescore(check_archive(sent.archive), sent.images, open_dataset("paired", data or sent.data), Silent())


def test_images_bear_out_what_they_gave(tmp_path: Path):
    result = rescored(write_submission(tmp_path))
    assert result.run.trust["psnr"] == result.run.trust["ssim"] == "re-scored"
    assert (result.reasons, result.final) == ((), True)


def test_every_protocol_is_scored_again(tmp_path: Path):
    run = rescored(write_submission(tmp_path, protocols=("rgb@1", "y@1"))).run
    levels = {each.protocol: each.trust["psnr"] for each in (run, *run.others)}
    assert levels == {"rgb@1": "re-scored", "y@1": "re-scored"}


def test_a_value_that_its_image_does_not_give_is_refused(tmp_path: Path):
    sent = write_submission(tmp_path)
    forge_records(sent.archive, psnr=99.5)
    assert check_archive(sent.archive).records[0].metrics["psnr"] == 99.5  # nothing but the images shows it
    with pytest.raises(RunFolderError, match=r"000 has PSNR \d\d\.\d{4} by rgb@1, but 99\.5000 was submitted"):
        rescored(sent)


def test_a_value_is_held_to_digits_that_its_author_cannot_choose(tmp_path: Path):
    sent = write_submission(tmp_path)
    real = check_archive(sent.archive).records[0].metrics["psnr"]
    assert real is not None
    forge_records(sent.archive, psnr=real + 0.001)

    def coarse(contents: Contents) -> None:
        info = json.loads(contents["run.json"])
        info["protocol"]["metric_facts"]["psnr"]["digits"] = 0
        contents["run.json"] = json.dumps(info).encode()
        seal(contents)

    edit_archive(sent.archive, coarse)
    with pytest.raises(RunFolderError, match="was submitted"):
        rescored(sent)


def test_another_image_is_refused(tmp_path: Path):
    sent = write_submission(tmp_path)

    def change(contents: Contents) -> None:
        contents["restored/001.png"] = brighter(contents["restored/001.png"])

    edit_archive(sent.images, change)
    with pytest.raises(RunFolderError, match=r"1 image of 3 is not what the records say was scored \(001\)"):
        rescored(sent)


def damaged(contents: Contents) -> None:
    contents["restored/001.png"] = contents["restored/001.png"][:100]


def missing(contents: Contents) -> None:
    del contents["restored/001.png"]


def smuggled(contents: Contents) -> None:
    contents["restored/../../evil.png"] = contents.pop("restored/001.png")


@pytest.mark.parametrize(
    ("change", "message"),
    [(damaged, "001: "), (missing, "does not hold the images"), (smuggled, "does not hold the images")],
)
def test_damaged_archives_of_images(tmp_path: Path, change: Any, message: str):
    sent = write_submission(tmp_path)
    edit_archive(sent.images, change)
    with pytest.raises(RunFolderError, match=message):
        rescored(sent)
    sent.images.write_bytes(sent.images.read_bytes()[:-30])
    with pytest.raises(RunFolderError, match="does not hold the images"):
        rescored(sent)


def test_other_data_says_nothing_about_the_images(tmp_path: Path):
    sent = write_submission(tmp_path)
    data, _ = write_pairs(tmp_path / "other", 4, 40, 50)
    (data / "input/003.png").unlink()
    (data / "target/003.png").unlink()
    target = data / "target/001.png"
    target.write_bytes(brighter(target.read_bytes()))
    result = rescored(sent, data)
    assert set(result.run.trust.values()) == {"claimed"}
    assert result.reasons == ("The data set has other pixels in 1 pair of the run, such as 001.",)
    assert not result.final


def test_a_part_that_is_passed_off_as_the_whole_remains_claimed(tmp_path: Path):
    sent = write_submission(tmp_path)
    data, _ = write_pairs(tmp_path / "whole", 4, 40, 50)
    result = rescored(sent, data)
    assert set(result.run.trust.values()) == {"claimed"}
    assert result.reasons == ("The data set has 4 pairs, but the run says 3.",)


def test_a_data_set_without_an_image_of_the_run(tmp_path: Path):
    sent = write_submission(tmp_path)
    data, _ = write_pairs(tmp_path / "less", 2, 40, 50)
    assert rescored(sent, data).reasons == ("The data set lacks 1 image of the run, such as 002.",)


def test_a_protocol_that_nobody_registered_is_not_imported(tmp_path: Path):
    sent = write_submission(tmp_path)
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", encoding="utf-8")

    def rename(contents: Contents) -> None:
        for name in ("run.json", "scores.jsonl", "manifest.json"):
            contents[name] = contents[name].replace(b"rgb@1", f"{evil}:P".encode())
        seal(contents)

    edit_archive(sent.archive, rename)
    result = rescored(sent)
    assert result.reasons == (f"{evil}:P is no registered protocol.",)
    assert set(result.run.trust.values()) == {"claimed"}
    assert not (tmp_path / "ran").exists()


def test_a_metric_that_cannot_be_computed_here_remains_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "empty"))  # no weights of LPIPS
    sent = write_submission(tmp_path)

    def claim(contents: Contents) -> None:
        """LPIPS as somebody with its weights would have it."""
        lines = [json.loads(line) for line in contents["scores.jsonl"].splitlines()]
        info = json.loads(contents["run.json"])
        for line in lines:
            line["metrics"]["rgb@1"]["lpips"] = 0.25
        info["summary"]["metrics"]["lpips"] |= {"mean": 0.25, "n": len(lines)}
        contents["scores.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        contents["run.json"] = json.dumps(info).encode()
        seal(contents)

    edit_archive(sent.archive, claim)
    result = rescored(sent)
    assert (result.run.trust["lpips"], result.run.trust["psnr"]) == ("claimed", "re-scored")
    (reason,) = result.reasons
    assert reason.startswith("lpips by rgb@1 is not measured again: LPIPS needs the weights")
    assert not result.final  # its weights may be fetched


def test_a_metric_that_nobody_has_is_no_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "empty"))  # no weights of LPIPS
    sent = write_submission(tmp_path)
    lpips = check_archive(sent.archive).records[0].metrics.get("lpips")
    result = rescored(sent)
    assert (lpips, result.run.trust["lpips"]) == (None, "claimed")
    assert result.reasons == ()  # nothing was claimed either
