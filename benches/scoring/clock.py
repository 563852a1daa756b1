"""Imports what the digits sample imports, and answers when it was called first, and by which interpreter."""

import sys
import time

import numpy  # noqa: F401
from PIL import Image  # noqa: F401

began = []


def run(mini_batch):
    began.append(time.time())
    return [f"{began[0]:.6f} {sys.executable}" for _ in mini_batch]
