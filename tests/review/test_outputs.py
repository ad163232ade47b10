"""Where something is written is seen to before the work, and what is wrong with the place is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from review.__main__ import main as review
from review.outputs import OutputError, check_file, check_folder, main, refused, write

RIGHT = "; name another place"


def _file(folder: Path) -> Path:
    (folder / "a file").write_text("kept")
    return folder / "a file"


@pytest.mark.parametrize(
    ("check", "under", "why"),
    [
        (check_folder, "x", "'{file}' is a file, and no folder"),
        (check_folder, "x/y", "'{file}' is a file, and no folder"),
        (check_folder, "", "it is a file, and no folder"),
        (check_file, "x", "'{file}' is a file, and no folder"),
    ],
)
def test_a_place_below_a_file_is_refused(tmp_path: Path, check: Callable[[Path], None], under: str, why: str) -> None:
    file = _file(tmp_path)
    place = file / under if under else file
    with pytest.raises(OutputError) as wrong:
        check(place)
    assert str(wrong.value) == f"'{place}' cannot be written: {why.format(file=file)}{RIGHT}"
    assert file.read_text() == "kept"


def test_a_file_whose_folder_is_not_there_or_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder /.*/no; name another place"):
        check_file(tmp_path / "no" / "cost.svg")
    with pytest.raises(OutputError, match="it is a folder; name another place"):
        check_file(tmp_path)


def test_what_can_be_written_is_made_and_nothing_is_left_of_the_look(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    check_file(tmp_path / "a" / "cost.svg")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b"]
    write(tmp_path / "a" / "cost.svg", "é")
    check_file(tmp_path / "a" / "cost.svg")
    assert (tmp_path / "a" / "cost.svg").read_text("utf-8") == "é"


def test_a_disk_that_is_full_is_said() -> None:
    with pytest.raises(OutputError, match="/dev/full cannot be written: no space left on device"):
        write(Path("/dev/full"), "text")


def test_what_one_has_no_right_to_is_said(tmp_path: Path) -> None:
    denied = PermissionError(13, "Permission denied")
    assert f"you may not write to it{RIGHT}" in refused(tmp_path, denied)
    assert f"you may not write to {tmp_path}{RIGHT}" in refused(tmp_path / "x", denied)


def test_the_reviews_command_says_it_before_it_looks_at_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = _file(tmp_path) / "x"
    commands: list[tuple[Callable[[list[str]], int], list[str]]] = [
        (review, ["check", str(tmp_path / "none"), "--out", str(out)]),
        (main, [str(out)]),
    ]
    for command, words in commands:
        assert command(words) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "is a file, and no folder" in said
