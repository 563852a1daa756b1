"""Scoring script: reads handwritten digits from small greyscale PNG images.

The batch runtime calls `init()` once in every worker process and then `run()`
once for every mini-batch. What is printed here ends up in the job's logs.

Each image gives one line of the output file:

    <file name> <digit> <probability>
"""

import os
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 8  # the network was trained on 8x8 images ...
LEVELS = 16  # ... whose pixels run from 0 (paper) to 16 (ink)

weights = {}


def init():
    """Load the network. Runs before the first mini-batch, so it is paid for once per worker."""
    # The model was registered from a folder named `model`, and keeps that name below this directory.
    path = Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "weights.npz"
    with np.load(path) as archive:
        weights.update(archive)
    print(f"loaded {path.name}: {', '.join(f'{name} {array.shape}' for name, array in weights.items())}")


def run(mini_batch):
    """Score the image files of one mini-batch and return one line of text for each.

    An image that cannot be read raises an exception. That is deliberate: the runtime then retries the
    mini-batch, and in the end counts its images against `error_threshold` instead of losing them silently.
    """
    features = np.stack([read_features(path) for path in mini_batch])
    probabilities = predict(features)
    digits = probabilities.argmax(axis=1)
    print(f"scored {len(mini_batch)} images")
    return [
        f"{Path(path).name} {digit} {row[digit]:.4f}"
        for path, digit, row in zip(mini_batch, digits, probabilities)
    ]


def read_features(path):
    """Turn an image of any size into the 64 numbers between 0 and 1 that the network takes."""
    with Image.open(path) as image:
        # The box filter averages whole blocks, so an image enlarged block by block comes back exactly.
        small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    levels = np.rint(np.asarray(small, dtype=np.float32) * (LEVELS / 255))
    return levels.ravel() / LEVELS


def predict(features):
    """Run the network forward: one hidden layer (ReLU), then a softmax over the ten digits."""
    hidden = np.maximum(features @ weights["hidden_weights"] + weights["hidden_bias"], 0)
    scores = hidden @ weights["output_weights"] + weights["output_bias"]
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
