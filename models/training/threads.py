"""Chooses the number of CPU threads while training, by trying.

Two threads that wait for each other crawl as soon as another program takes one core; one thread then runs ten times
faster. On a free machine two are twice as fast. So the loop tries both now and then and keeps the faster; on a busy
machine it does not even try, because a single step with two threads may take half a minute there.
"""

from __future__ import annotations

import os
import time

import torch

TRY_AGAIN_SECONDS = 60.0
SLOWED_DOWN = 1.6
OTHERS_LOAD = 1.5  # load average of the last minute beyond our own threads, from which the machine counts as busy


class Threads:
    """Call `step_done` after every step; it may change the number of threads for the next one."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.trying: list[int] = []
        self.times: dict[int, float] = {}
        self.steps = 0
        self.started = self.tried = time.monotonic()
        self.use(1 if self.busy(most) else most)

    @staticmethod
    def busy(own: int) -> bool:
        """Whether other programs want the processor too."""
        return os.getloadavg()[0] > own + OTHERS_LOAD

    def use(self, count: int) -> None:
        self.count = count
        torch.set_num_threads(count)

    def step_done(self) -> None:
        now = time.monotonic()
        seconds, self.started = now - self.started, now
        self.steps += 1
        if self.most < 2 or self.steps < 3:  # the first steps also allocate and compile
            return
        if self.trying:
            self.times[self.count] = seconds
            self.trying.remove(self.count)
            if self.trying:
                self.use(self.trying[0])
            else:
                self.use(min(self.times, key=self.times.__getitem__))
                self.tried = now
            return
        if self.busy(self.count):
            self.use(1)
            return
        slowed = self.count > 1 and seconds > SLOWED_DOWN * self.times.get(self.count, seconds)
        if slowed or now - self.tried > TRY_AGAIN_SECONDS or not self.times:
            self.trying = [1, self.most]
            self.use(1)
