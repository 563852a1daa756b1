"""The other side of the scoring benchmark: the same script on the same mini-batches, with Python's own means.

    pool.py pool FOLDER SCRIPT MINI_BATCH_SIZE WORKERS    multiprocessing.Pool.imap_unordered
    pool.py loop FOLDER SCRIPT MINI_BATCH_SIZE            one process, one loop
    pool.py halves FOLDER SCRIPT MINI_BATCH_SIZE WORKERS  that many loops side by side, each over its share

The last line has seconds: of the whole, and of the loop alone (of the slowest, where there are more).
"""

import importlib
import multiprocessing
import os
import sys
import tempfile
import time


def mini_batches(folder, size):
    paths = sorted(entry.path for entry in os.scandir(folder))
    return [paths[at : at + size] for at in range(0, len(paths), size)]


def load(script):
    """Imports and initialises the script; also the initializer of the pool's workers."""
    global scoring
    sys.path.insert(0, os.path.dirname(script))
    scoring = importlib.import_module(os.path.basename(script)[: -len(".py")])
    getattr(scoring, "init", lambda: None)()


def score(mini_batch):
    return scoring.run(mini_batch)


def write(output, rows):
    output.writelines(f"{row}\n" for row in rows)


def pool(batches, script, workers, output):
    with multiprocessing.Pool(workers, initializer=load, initargs=(script,)) as workers_of_pool:
        for rows in workers_of_pool.imap_unordered(score, batches):
            write(output, rows)


def loop(batches, script, output):
    load(script)
    began = time.perf_counter()
    for mini_batch in batches:
        write(output, score(mini_batch))
    return time.perf_counter() - began


def share(batches, script, path, seconds):
    with open(path, "w") as output:
        seconds.put(loop(batches, script, output))


def halves(batches, script, workers, path):
    seconds = multiprocessing.Queue()
    shares = [
        multiprocessing.Process(target=share, args=(batches[number::workers], script, f"{path}.{number}", seconds))
        for number in range(workers)
    ]
    for process in shares:
        process.start()
    slowest = max(seconds.get() for _ in shares)
    for process in shares:
        process.join()
    return slowest


def main(way, folder, script, size, workers="1"):
    silence = open(os.devnull, "w")
    told, sys.stdout = sys.stdout, silence
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "predictions.csv")
        began = time.perf_counter()
        batches, of_loop = mini_batches(folder, int(size)), 0.0
        if way == "halves":
            of_loop = halves(batches, script, int(workers), path)
        else:
            with open(path, "w") as output:
                if way == "pool":
                    pool(batches, script, int(workers), output)
                else:
                    of_loop = loop(batches, script, output)
        total = time.perf_counter() - began
    print(total, of_loop, file=told)


if __name__ == "__main__":
    main(*sys.argv[1:])
