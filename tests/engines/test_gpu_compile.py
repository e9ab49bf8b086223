"""The fused kernels compile for a GPU that need not be here: what an interpreter forgives, a compiler does not."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

LOOK = {"PRECISION": "tf32x3", "BLOCK": 64}  # the widths are those of the shipped network
SHARED_MEMORY = 227 * 1024  # bytes, the most that a program may take on a device of compute capability 9.0
SETTLE = {"TIED": 2e-6, "KEEP": True, "FIRST_STEPS": 8, "STEPS": 200, "BLOCK": 8}
FORMS = {
    "find": ({"TOLERANCE": 1e-6, "BLOCK": 64}, "fp32", 4),
    "look": (LOOK, "fp32", 8),
    "look-half": (LOOK, "fp16", 8),
    "look-double": (LOOK, "fp64", 8),
    "settle": (SETTLE, "fp32", 4),
}
CODE = """
import importlib, json, sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from inloop.bundle import Bundle
from inloop.engines.gpu.program import parts

name, fixed, weight, warps = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if name == "look":
    sizes = [len(Bundle.load("mir").weights[f"layers.{k}.bias"]) for k in (0, 1)]
    fixed |= {f"{part}{k}": value for k, size in enumerate(sizes) for part, value in zip("AB", parts(size))}
kernel = getattr(importlib.import_module(f"inloop.engines.gpu.{name}"), name)
doubles, integers = ("raw", "levels"), ("slot", "slots", "mixed", "counts", "steps")
kinds = {
    key: "constexpr" if key in fixed else "i32" if key in ("zones", "ny", "nx")
    else "*fp64" if key in doubles else "*i32" if key in integers
    else f"*{weight}" if key.startswith("weight")
    else "*fp64" if key.startswith("bias") and weight == "fp64" else "*fp32"
    for key in kernel.arg_names
}
constants = {(kernel.arg_names.index(key),): value for key, value in fixed.items()}
hopper = GPUTarget("cuda", 90, 32)
made = triton.compile(ASTSource(kernel, kinds, constants), target=hopper, options={"num_warps": warps})
print(len(made.asm["cubin"]), made.metadata.shared)
"""


@pytest.mark.prove
@pytest.mark.parametrize("form", FORMS)
def test_a_kernel_compiles_for_hopper(form):
    if importlib.util.find_spec("triton") is None or importlib.util.find_spec("torch") is None:
        pytest.skip("needs Triton and PyTorch: pip install 'inloop[gpu]'")
    fixed, weight, warps = FORMS[form]
    name = form.partition("-")[0]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, name, json.dumps(fixed), weight, str(warps)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    binary, shared = map(int, done.stdout.split()[-2:])
    assert binary > 1000
    assert shared <= SHARED_MEMORY
