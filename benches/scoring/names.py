"""A scoring script that does next to nothing: what is measured is all the rest."""

import os


def run(mini_batch):
    return [os.path.basename(path) for path in mini_batch]
