"""Writes the size and the name of every file of a folder, one a line."""

import os
import sys

images, sizes = sys.argv[1:]
names = sorted(os.listdir(images))
with open(sizes, "w") as file:
    for name in names:
        print(os.path.getsize(os.path.join(images, name)), name, file=file)
print(f"{len(names)} files measured")
