"""The command as a whole: exit status, one line an error, a fast start."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from inloop import __version__
from inloop.cli import main, reconstruct


def run(*arguments, **environment):
    code = "import sys; from inloop.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(
    "verb", ["reconstruct", "compare", "config", "doctor", "train", "sweep", "compare-runs", "simulate"]
)
def test_every_verb_explains_itself(capsys, verb):
    assert main([verb, "--help"]) == 0
    out = capsys.readouterr().out
    assert "--json" in out
    assert "--debug" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recnostruct"], "recnostruct"),
        (["reconstruct", "--no-such"], "--no-such"),
        (["reconstruct", "--grid", "many"], "'--grid'"),
        (["reconstruct", "--grid", "0"], "'--grid'"),
        (["compare", "a.npy", "b.npy"], "b.npy"),
        (["reconstruct", "missing.npy"], "missing.npy: no such file; check the path"),
        (["reconstruct", "--shape", "cube"], "--shape 'cube': no such example; give one of circle"),
        (["reconstruct", "a.npy", "--shape", "circle"], "give one of the two"),
        (["reconstruct", "--method", "magic"], "method 'magic' is unknown"),
        (["reconstruct", "--order", "0;1"], "--order '0;1': expected whole numbers"),
        (["reconstruct", "--spacing", "1,2,3"], "--spacing '1,2,3': got 3 numbers, expected 1 or 2"),
        (["reconstruct", "--boundary", "a:b:c"], "has 3 sides"),
        (["reconstruct", "--boundary", "closed"], "closed"),
        (["reconstruct", "--out", "f.stl"], "--out f.stl: cannot write '.stl'; give one of .vtp"),
        (["reconstruct", "--plot", "f.bmp"], "f.bmp: cannot draw a picture as '.bmp'"),
        (["reconstruct", "--out", "no/where/f.vtp"], "f.vtp: cannot be written, no directory"),
        (["reconstruct", "--json", "/"], "is a directory"),
        (["compare", "--methods", "elvira,magic"], "no method 'magic'; give some of slic"),
        (["compare", "--page", "f.pdf", "--picture", "f.png"], "--page f.pdf: cannot write '.pdf'; give .html"),
    ],
)
def test_bad_arguments_are_one_line_and_status_two(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("inloop: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


def test_a_foreign_file_is_status_two(capsys, tmp_path):
    (tmp_path / "f.npy").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["reconstruct", str(tmp_path / "f.npy")]) == 2
    assert "it looks like a PNG picture" in capsys.readouterr().err


def test_fractions_that_make_no_sense_are_status_two(capsys, tmp_path):
    np.save(tmp_path / "f.npy", np.full((3, 3), 1.5))
    assert main(["reconstruct", str(tmp_path / "f.npy")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_is_status_one(capsys, tmp_path):
    (tmp_path / "full.json").symlink_to("/dev/full")
    assert main(["reconstruct", "--grid", "8", "--json", str(tmp_path / "full.json")]) == 1
    assert capsys.readouterr().err == f"inloop: {tmp_path}/full.json: cannot be written, the disk is full; " + (
        "free some space or choose another place\n"
    )


def test_a_traceback_only_with_debug(capsys, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(reconstruct, "_summary", broken)
    assert main(["reconstruct", "--grid", "8"]) == 1
    err = capsys.readouterr().err
    assert err == "inloop: unexpected RuntimeError: two lines; run again with --debug and report what it prints\n"
    assert main(["reconstruct", "--grid", "8", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interrupted(capsys, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(reconstruct, "_summary", interrupt)
    assert main(["reconstruct", "--grid", "8"]) == 130
    assert capsys.readouterr().err == "inloop: interrupted\n"


def test_the_installed_command_passes_status_and_line_on():
    done = run("reconstruct", "missing.npy")
    assert done.returncode == 2
    assert done.stderr == "inloop: missing.npy: no such file; check the path\n"
    assert done.stdout == ""


def test_a_reader_that_leaves_is_no_error_to_shout_about():
    code = "import sys; from inloop.cli import main; sys.exit(main())"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, "doctor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    writer.stdout.close()
    _, err = writer.communicate(timeout=120)
    assert "Traceback" not in err


def test_help_loads_no_heavy_library_and_starts_fast():
    code = (
        "import sys; from inloop.cli import main; main(['--help']);"
        "heavy = {'matplotlib', 'h5py', 'torch', 'scipy', 'vtk', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert time.perf_counter() - start < 5.0  # a fraction of a second; the rest is room for a busy machine


def test_a_reconstruction_without_a_picture_draws_nothing():
    code = (
        "import sys; from inloop.cli import main; assert main(['reconstruct', '--grid', '8']) == 0;"
        "heavy = {'matplotlib', 'h5py', 'torch', 'vtk'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
