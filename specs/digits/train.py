"""Trains the digits model and writes model/weights.npz, data/*.png and labels.csv.

Run it from anywhere; the results are committed, so there is no need to unless
you change something:

    pip install numpy pillow scikit-learn
    python train.py

Data: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI
Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49, licensed
CC BY 4.0. scikit-learn ships its test part of 1797 images, 8x8 pixels of 0..16.

36 images of every digit, 360 in all, are held out: they become the PNG files and
the network never sees them. The writers of both parts are the same people, so
accuracy on strangers' handwriting will be somewhat lower.
"""

import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent
SEED = 1998
CLASSES = 10
HELD_OUT_PER_CLASS = 36
LEVELS = 16  # pixels run from 0 (paper) to 16 (ink)
ENLARGE = 4  # 8x8 becomes 32x32, which a person can look at

HIDDEN_UNITS = 128
EPOCHS = 80
BATCH_SIZE = 32
LEARNING_RATE = 3e-3
NOISE = 0.2  # standard deviation, on pixels from 0 to 1; keeps the network from learning images by heart


def main():
    rng = np.random.default_rng(SEED)
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target
    held_out = choose_held_out(labels, rng)
    training = np.setdiff1d(np.arange(len(labels)), held_out)

    network = train(digits.data[training] / LEVELS, labels[training], rng)
    (HERE / "model").mkdir(exist_ok=True)
    np.savez(HERE / "model" / "weights.npz", **network)
    write_images(images[held_out], labels[held_out])
    print(f"accuracy on {len(held_out)} held-out images: {score(labels[held_out]):.4f}")


def choose_held_out(labels, rng):
    """Pick the same number of images of every digit, in an order that gives no label away."""
    by_class = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    return rng.permutation(np.concatenate([indices[:HELD_OUT_PER_CLASS] for indices in by_class]))


def train(features, labels, rng):
    """Fit one hidden layer to the cross entropy with Adam; the learning rate falls to zero."""
    network = {
        "hidden_weights": rng.normal(0, np.sqrt(2 / 64), (64, HIDDEN_UNITS)),
        "hidden_bias": np.zeros(HIDDEN_UNITS),
        "output_weights": rng.normal(0, np.sqrt(2 / HIDDEN_UNITS), (HIDDEN_UNITS, CLASSES)),
        "output_bias": np.zeros(CLASSES),
    }
    mean = {name: np.zeros_like(value) for name, value in network.items()}
    square = {name: np.zeros_like(value) for name, value in network.items()}
    targets = np.eye(CLASSES)[labels]
    step = 0
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * (1 - epoch / EPOCHS)
        order = rng.permutation(len(features))
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            noise = rng.normal(0, NOISE, (len(batch), features.shape[1]))
            gradients = backpropagate(network, features[batch] + noise, targets[batch])
            step += 1
            for name, gradient in gradients.items():
                mean[name] = 0.9 * mean[name] + 0.1 * gradient
                square[name] = 0.999 * square[name] + 0.001 * gradient**2
                scale = np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8
                network[name] -= rate * mean[name] / (1 - 0.9**step) / scale
    return {name: value.astype(np.float32) for name, value in network.items()}


def backpropagate(network, features, targets):
    """Gradients of the mean cross entropy with respect to every array of the network."""
    hidden = np.maximum(features @ network["hidden_weights"] + network["hidden_bias"], 0)
    scores = hidden @ network["output_weights"] + network["output_bias"]
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = (exponentials / exponentials.sum(axis=1, keepdims=True) - targets) / len(features)
    hidden_error = (error @ network["output_weights"].T) * (hidden > 0)
    return {
        "hidden_weights": features.T @ hidden_error,
        "hidden_bias": hidden_error.sum(axis=0),
        "output_weights": hidden.T @ error,
        "output_bias": error.sum(axis=0),
    }


def write_images(images, labels):
    """Write the held-out images as enlarged PNG files, and their labels beside the folder."""
    folder = HERE / "data"
    folder.mkdir(exist_ok=True)
    lines = ["file,label"]
    for number, (image, label) in enumerate(zip(images, labels), start=1):
        grey = np.rint(image * (255 / LEVELS)).astype(np.uint8)
        name = f"digit-{number:04}.png"
        enlarged = np.kron(grey, np.ones((ENLARGE, ENLARGE), np.uint8))
        Image.fromarray(enlarged).save(folder / name, optimize=True)
        lines.append(f"{name},{label}")
    (HERE / "labels.csv").write_text("\n".join(lines) + "\n", newline="\n")


def score(labels):
    """Accuracy of the real scoring script on the files just written."""
    os.environ["AZUREML_MODEL_DIR"] = str(HERE)
    sys.path.insert(0, str(HERE / "code"))
    import score as scoring_script

    scoring_script.init()
    rows = scoring_script.run(sorted((HERE / "data").glob("*.png")))
    predicted = np.array([int(row.split()[1]) for row in rows])
    return np.mean(predicted == labels)


if __name__ == "__main__":
    main()
