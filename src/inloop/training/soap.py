"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al. 2024). For small networks that must be exact.

Of each weight matrix the mean outer products of the gradient, over rows and over columns, are kept; Adam runs on the
gradient as seen in their eigenvectors, where its entries vary independently, and the step is turned back. Vectors, such
as biases, are taken as by Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

_WIDEST = 2048  # of a side that is preconditioned: beyond it the eigenvectors cost more than they bring


class Soap(torch.optim.Optimizer):
    """The optimizer; `every` steps the eigenvectors follow the gradients by one step of orthogonal iteration."""

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        learning_rate: float,
        *,
        betas: tuple[float, float] = (0.95, 0.95),
        every: int = 10,
        weight_decay: float = 0.0,
        tiny: float = 1e-8,
    ) -> None:
        super().__init__(weights, {"lr": learning_rate, "weight_decay": weight_decay})
        self._betas, self._every, self._tiny = betas, every, tiny

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take a step; a closure is not evaluated."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._advance(weight, weight.grad, group["lr"], group["weight_decay"])

    def _advance(self, weight: Tensor, gradient: Tensor, rate: float, decay: float) -> None:
        memory = cast(dict[str, Tensor], self.state[weight])
        if not memory:
            self._begin(memory, weight, gradient)
        forget, forget_square = self._betas
        memory["count"] += 1
        count = float(memory["count"])
        memory["mean"].lerp_(gradient, 1 - forget)
        seen, mean = self._turned(memory, gradient), self._turned(memory, memory["mean"])
        memory["square"].mul_(forget_square).addcmul_(seen, seen, value=1 - forget_square)
        size = memory["square"].div(1 - forget_square**count).sqrt_().add_(self._tiny)
        move = self._turned_back(memory, mean / size)
        if decay:
            weight.mul_(1 - rate * decay)
        weight.add_(move, alpha=-rate / (1 - forget**count))
        self._follow(memory, gradient, int(count))

    def _begin(self, memory: dict[str, Tensor], weight: Tensor, gradient: Tensor) -> None:
        memory["count"] = torch.zeros((), dtype=torch.float32)
        memory["mean"], memory["square"] = torch.zeros_like(weight), torch.zeros_like(weight)
        if weight.ndim != 2:
            return
        for side, product in (("rows", gradient @ gradient.T), ("columns", gradient.T @ gradient)):
            if len(product) <= _WIDEST:
                memory[side] = product
                memory[f"{side}_basis"] = torch.linalg.eigh(product)[1].flip(1).contiguous()

    def _follow(self, memory: dict[str, Tensor], gradient: Tensor, count: int) -> None:
        """Let the mean outer products, and now and then their eigenvectors, follow the gradient."""
        for side in ("rows", "columns"):
            if side not in memory:
                continue
            product = gradient @ gradient.T if side == "rows" else gradient.T @ gradient
            memory[side].lerp_(product, 1 - self._betas[1])
            if count % self._every == 0:
                self._rotate(memory, side)

    def _rotate(self, memory: dict[str, Tensor], side: str) -> None:
        """One step of orthogonal iteration, the directions of largest gradients first; squares keep to their own."""
        basis = memory[f"{side}_basis"]
        grown = memory[side] @ basis
        order = torch.argsort((basis * grown).sum(dim=0), descending=True)
        memory["square"].copy_(memory["square"].index_select(0 if side == "rows" else 1, order))
        basis.copy_(torch.linalg.qr(grown.index_select(1, order))[0])

    def _turned(self, memory: dict[str, Tensor], array: Tensor) -> Tensor:
        """As seen in the bases."""
        if "rows" in memory:
            array = memory["rows_basis"].T @ array
        return array @ memory["columns_basis"] if "columns" in memory else array

    def _turned_back(self, memory: dict[str, Tensor], array: Tensor) -> Tensor:
        if "rows" in memory:
            array = memory["rows_basis"] @ array
        return array @ memory["columns_basis"].T if "columns" in memory else array
