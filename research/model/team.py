"""Several processes of one thread each share the work of a step.

Threads of one process wait for each other in every layer, which crawls as soon as another program takes a core.
Processes wait once a step; each takes the next small batch when it is free, so a slow core only does fewer of them.
Parameters and gradients lie in shared memory. Which process computes a batch does not change what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.multiprocessing as multiprocessing
from torch import Tensor, nn

PATIENCE_SECONDS = 1800.0  # a process that was stopped by hand may go on after a while

Numbers = dict[str, Tensor]


class Team:
    """Computes gradients of a number of small batches.

    modules: every network that the loss reads; moved to shared memory.
    parameters: the trained ones.
    batch_loss: (step, number of the small batch) → (loss, numbers for the log).
    """

    def __init__(
        self,
        processes: int,
        modules: Iterable[nn.Module],
        parameters: list[nn.Parameter],
        batch_loss: Callable[[int, int], tuple[Tensor, Numbers]],
    ) -> None:
        self.parameters, self.batch_loss = parameters, batch_loss
        self.helpers: list[multiprocessing.Process] = []
        if processes < 2:
            self.gradients = None
            return
        for module in modules:
            module.share_memory()
        context = multiprocessing.get_context("fork")
        size = sum(p.numel() for p in parameters)
        self.gradients = torch.zeros(processes, size).share_memory_()
        self.barrier = context.Barrier(processes)
        self.next_batch, self.step, self.batches = (context.Value("q", 0) for _ in range(3))
        for number in range(1, processes):
            helper = context.Process(target=self.help, args=(number,), daemon=True)
            helper.start()
            self.helpers.append(helper)

    def help(self, number: int) -> None:
        """A helper's life: one share of every step, until the main process ends."""
        while True:
            self.barrier.wait(PATIENCE_SECONDS)  # an orphan ends by it
            self.share(number)
            self.barrier.wait(PATIENCE_SECONDS)

    def take(self) -> int:
        """The number of the next small batch that nobody has begun."""
        with self.next_batch.get_lock():
            self.next_batch.value += 1
            return self.next_batch.value - 1

    def share(self, number: int) -> tuple[Tensor, list[Numbers]]:
        """Computes batches until none is left and stores their summed gradients."""
        for parameter in self.parameters:
            parameter.grad = None
        total, numbers = torch.zeros(()), []
        while (batch := self.take()) < self.batches.value:
            total += self.backward(self.step.value, batch, self.batches.value, numbers)
        flat = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in self.parameters]
        torch.cat(flat, out=self.gradients[number])
        return total, numbers

    def backward(self, step: int, batch: int, batches: int, numbers: list[Numbers]) -> Tensor:
        loss, measured = self.batch_loss(step, batch)
        (loss / batches).backward()
        numbers.append(measured)
        return loss.detach() / batches

    def compute(self, step: int, batches: int) -> tuple[Tensor, Numbers]:
        """Sets the gradients of one step. Returns the mean loss and the mean numbers of this process's batches."""
        if self.gradients is None:
            numbers: list[Numbers] = []
            for parameter in self.parameters:
                parameter.grad = None
            loss = sum(self.backward(step, batch, batches, numbers) for batch in range(batches))
            return torch.as_tensor(loss), mean(numbers)
        self.step.value, self.batches.value, self.next_batch.value = step, batches, 0
        self.barrier.wait(PATIENCE_SECONDS)
        loss, numbers = self.share(0)
        self.barrier.wait(PATIENCE_SECONDS)
        summed, start = self.gradients.sum(0), 0
        for parameter in self.parameters:
            parameter.grad = summed[start : start + parameter.numel()].view_as(parameter)
            start += parameter.numel()
        return loss * batches / max(1, len(numbers)), mean(numbers)

    def end(self) -> None:
        for helper in self.helpers:
            helper.terminate()


def mean(numbers: list[Numbers]) -> Numbers:
    """Mean of every number, of the batches that have it (not NaN); of none, nothing."""
    names = numbers[0] if numbers else {}
    return {name: torch.stack([torch.as_tensor(one[name]) for one in numbers]).nanmean() for name in names}
