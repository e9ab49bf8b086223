"""10^5 random and adversarial fields through the C interface, with address and undefined-behaviour sanitizers."""

from __future__ import annotations

import os
import subprocess

import pytest

FIELDS = 100_000
INSTRUCTION_SETS = ("widest", "plain")  # one process each, at once: what the machine has, and what all machines have


@pytest.fixture(scope="module")
def fuzzer(root, program):
    """The fuzz test's program, built once and kept under build/ (a change compiles only what it touches)."""
    for compiler in ("g++", "cmake", "ninja"):
        program(compiler)
    folder = root / "build" / "fuzz"
    configure = [program("cmake"), "-S", root / "native", "-B", folder, "-G", "Ninja",
                 f"-DCMAKE_MAKE_PROGRAM={program('ninja')}", f"-DCMAKE_CXX_COMPILER={program('g++')}",
                 "-DINLOOP_FUZZ=ON", "-DINLOOP_PYTHON=OFF"]  # fmt: skip
    for command in (configure, [program("cmake"), "--build", folder, "--parallel", str(len(INSTRUCTION_SETS))]):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if "cannot find -lasan" in done.stdout or "cannot find -lubsan" in done.stdout:
            pytest.skip("install the sanitizers' libraries (libasan, libubsan; they come with GCC)")
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder / "inloop_fuzz"


def test_no_field_crashes_hangs_or_breaks_a_law(fuzzer):
    share = FIELDS // len(INSTRUCTION_SETS)
    running = [
        subprocess.Popen(
            [str(fuzzer), str(share), str(k * share)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "passive", "INLOOP_ISA": name},
        )
        for k, name in enumerate(INSTRUCTION_SETS)
    ]
    said = [process.communicate()[0] for process in running]
    for process, text in zip(running, said, strict=True):
        assert process.returncode == 0, text[-4000:]
        assert text.strip() == f"{share} fields: no crash, no hang, no broken law"
