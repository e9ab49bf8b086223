"""What the interpreted kernels answer: run with TRITON_INTERPRET=1 in a process of its own, FILE in, FILE out."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import torch

import inloop
from inloop.bundle import Bundle
from inloop.engines.gpu.kernel import layers_of
from inloop.engines.gpu.program import Program, Tuning

ROOMY = Tuning(find_block=1024, look_block=512, settle_block=512)  # an interpreter pays by the program, not by the lane


def main() -> None:
    """Every kind of call on the given fractions."""
    asked, answers = sys.argv[1:]
    given = dict(np.load(asked))
    layers = layers_of(Bundle.load("mir").weights)
    told: dict[str, np.ndarray] = {}
    for precision in ("float64", "float32"):
        program = Program(layers, device="cpu", precision=precision, tuning=ROOMY)
        coverage, details = program.detailed(torch.from_numpy(given["samples"]))
        told[precision] = coverage.numpy()
        told |= {f"{precision}_{name}": value.numpy() for name, value in details._asdict().items()}

    kernel = inloop.load("mir", engine="gpu")
    kernel.program.tuning = ROOMY
    told["materials"] = kernel(given["materials"])
    out = np.zeros((len(given["few"]), 64, 64), dtype=np.float32)
    assert kernel(given["few"], out=out) is out
    told["out"] = out
    device = kernel(torch.from_numpy(given["few"]))
    assert isinstance(device, torch.Tensor)  # as CuPy would take it, through DLPack
    told["few"] = np.from_dlpack(device)
    told["mesh"] = kernel.mesh(given["mesh"])
    fixed = kernel.captured(len(given["few"]), dtype=torch.float64)
    fixed.fractions.copy_(torch.from_numpy(given["few"]))
    told["captured"] = fixed.replay().numpy().copy()
    fixed.fractions[0, 3, 5] = 1.5
    told["captured_wrong"], told["wrong"] = fixed.replay().numpy(), fixed.wrong.numpy()
    kernel.program.tuning = replace(ROOMY, look_block=16, settle_block=8)
    told["small_blocks"] = kernel(given["few"][:1])

    refused = []
    bad = given["few"].copy()
    bad[1, 2, 3] = -0.5
    for wrong in (bad, given["few"][:, :4], given["few"].astype(int), given["materials"] * 0.5):
        try:
            kernel(wrong)
        except inloop.InloopError as error:
            refused.append(str(error))
    np.savez(answers, refused=np.array(refused), **told)


if __name__ == "__main__":
    main()
