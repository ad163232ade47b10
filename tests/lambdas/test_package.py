"""The same sources give the same package, wherever and however they lie on a disk."""

import hashlib
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from lambdas.package import build, build_all
from stacks.settings import load_catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A function's sources, with what lies about on a developer's machine."""
    folder = tmp_path / "one" / "proxy"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""A function."""\n')
    (folder / "inner" / "b.py").write_text("B = 2\n")
    (folder / "a.py").write_text("A = 1\n")
    (folder / "bootstrap").write_text("#!/bin/sh\nexec true\n")
    return folder


def test_the_zip_holds_the_package_in_order(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "p.zip", {"catalogue.json": b"{}"})
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        assert package.namelist() == [
            "bootstrap",
            "catalogue.json",
            "proxy/__init__.py",
            "proxy/a.py",
            "proxy/inner/b.py",
        ]
        assert package.read("proxy/a.py") == b"A = 1\n"
        assert package.read("catalogue.json") == b"{}"
        assert package.testzip() is None


def test_only_the_wrapper_is_executable(source: Path, tmp_path: Path) -> None:
    (source / "a.py").chmod(0o777)
    (source / "bootstrap").chmod(0o600)
    build(source, tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        modes = {info.filename: info.external_attr >> 16 for info in package.infolist()}
        times = {info.date_time for info in package.infolist()}
    assert {name for name, mode in modes.items() if mode & 0o111} == {"bootstrap"}
    assert modes["bootstrap"] == stat.S_IFREG | 0o755
    assert modes["proxy/a.py"] == stat.S_IFREG | 0o644
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_time_mode_mask_order_and_litter_change_no_byte(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "deeper" / "proxy"
    before = os.umask(0o077)
    try:
        for path in sorted((path for path in source.rglob("*") if path.is_file()), reverse=True):
            copy = other / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o700)
            os.utime(copy, (1_000_000_000, 1_000_000_000))
        (other / "__pycache__").mkdir()
        (other / "__pycache__" / "a.cpython-313.pyc").write_bytes(b"\0")
        (other / "stray.pyc").write_bytes(b"\0")
        (other / ".DS_Store").write_bytes(b"\0")
        (other / ".cache").mkdir()
        (other / ".cache" / "x").write_bytes(b"\0")
        second = build(other, tmp_path / "second.zip")
    finally:
        os.umask(before)
    first = build(source, tmp_path / "first.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    assert first == second == hashlib.sha256((tmp_path / "first.zip").read_bytes()).hexdigest()


@pytest.mark.parametrize("change", ["content", "name", "extra"])
def test_another_content_is_another_hash(source: Path, tmp_path: Path, change: str) -> None:
    before = build(source, tmp_path / "p.zip")
    extra: dict[str, bytes] = {}
    if change == "content":
        (source / "a.py").write_text("A = 2\n")
    elif change == "name":
        (source / "a.py").rename(source / "c.py")
    else:
        extra["catalogue.json"] = b"{}"
    assert build(source, tmp_path / "p.zip", extra) != before


def test_a_link_is_refused(source: Path, tmp_path: Path) -> None:
    (source / "linked.py").symlink_to("/etc/hostname")
    with pytest.raises(ValueError, match=r"linked\.py is a link"):
        build(source, tmp_path / "p.zip")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "proxy").mkdir()
    with pytest.raises(ValueError, match="holds no files to package"):
        build(tmp_path / "proxy", tmp_path / "p.zip")
    assert not (tmp_path / "p.zip").exists()


def test_an_extra_file_replaces_nothing(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"already holds proxy/a\.py"):
        build(source, tmp_path / "p.zip", {"proxy/a.py": b""})


def test_the_real_packages_hold_what_the_functions_need(tmp_path: Path) -> None:
    packages = build_all(ROOT, tmp_path / "build", catalogue := load_catalogue(ROOT).as_json())
    with zipfile.ZipFile(packages.proxy) as proxy, zipfile.ZipFile(packages.authorizer) as authorizer:
        assert {"bootstrap", "catalogue.json", "proxy/__init__.py"} <= set(proxy.namelist())
        assert proxy.read("catalogue.json") == catalogue
        assert "authorizer/__init__.py" in authorizer.namelist()
        assert {name.split("/")[0] for name in authorizer.namelist()} == {"authorizer"}
    assert [path.name for path in (tmp_path / "build").iterdir() if path.suffix != ".zip"] == []
