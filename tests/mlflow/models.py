"""Saves models with the real mlflow, and the files they are asked about, below the folder given.

Prints as JSON what each model itself answers to its files, to be held against the output of jobs.
"""

import json
import os
import sys
import warnings

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import numpy
import pandas
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from PIL import Image
from sklearn.linear_model import LinearRegression

warnings.simplefilter("ignore")
# Nothing here is logged anywhere, and the full mlflow would be a minute's download.
REQUIREMENTS = ["mlflow-skinny==" + mlflow.__version__, "scikit-learn"]
COLUMNS = ["age", "pressure", "sex"]


class Frame(mlflow.pyfunc.PythonModel):
    """Answers with a data frame of two columns."""

    def predict(self, context, model_input, params=None):
        total = model_input["age"] + model_input["pressure"]
        return pandas.DataFrame({"label": "class " + model_input["sex"], "total": total})


class Brightness(mlflow.pyfunc.PythonModel):
    """Answers with the mean of each image of a batch, and its shape."""

    def predict(self, context, model_input, params=None):
        return [[float(numpy.mean(image)), list(image.shape)] for image in model_input]


class Bytes(mlflow.pyfunc.PythonModel):
    """Answers with the size of each file."""

    def predict(self, context, model_input, params=None):
        return pandas.DataFrame({"size": [len(cell) for cell in model_input["image"]]})


def tables(folder):
    """Two files of rows: one CSV, one Parquet."""
    rows = {"age": [63.0, 37.0, 41.5], "pressure": [145, 130, 120], "sex": ["male", "female", "male"]}
    first = pandas.DataFrame(rows)
    second = pandas.DataFrame({"age": [50.0], "pressure": [111], "sex": ["female"]})
    os.makedirs(os.path.join(folder, "tables"))
    first.to_csv(os.path.join(folder, "tables/a.csv"), index=False)
    second.to_parquet(os.path.join(folder, "tables/b, too.parquet"))
    return {"a.csv": first, "b, too.parquet": second}


def images(folder):
    os.makedirs(os.path.join(folder, "images"))
    for number, name in enumerate(["0.png", "1.bmp", "2.jpg"]):
        pixels = numpy.full((4, 6, 3), 40 * number, dtype=numpy.uint8)
        Image.fromarray(pixels).save(os.path.join(folder, "images", name))


def numeric(frame):
    return frame[["age", "pressure"]]


def main(folder):
    files = tables(folder)
    images(folder)
    os.chdir(folder)
    everything = pandas.concat(files.values())
    regression = LinearRegression().fit(numeric(everything), [1.0, 2.0, 4.0, 8.0])
    mlflow.sklearn.save_model(
        regression,
        "regression",
        signature=infer_signature(numeric(everything), regression.predict(numeric(everything))),
        pip_requirements=REQUIREMENTS,
        serialization_format="cloudpickle",
    )
    columns = [ColSpec(DataType.double, "age"), ColSpec(DataType.long, "pressure"), ColSpec(DataType.string, "sex")]
    of = {
        "frame": (Frame(), Schema(columns)),
        "brightness": (Brightness(), Schema([TensorSpec(numpy.dtype("float32"), (-1, 4, 6, 3))])),
        "unsigned": (Brightness(), None),
        "bytes": (Bytes(), Schema([ColSpec(DataType.binary, "image")])),
    }
    for name, (model, schema) in of.items():
        signature = None if schema is None else ModelSignature(inputs=schema)
        mlflow.pyfunc.save_model(name, python_model=model, signature=signature, pip_requirements=REQUIREMENTS)
    loaded = mlflow.pyfunc.load_model("regression")
    answers = {name: [str(answer) for answer in loaded.predict(numeric(frame))] for name, frame in files.items()}
    json.dump(answers, sys.stdout)


main(sys.argv[1])
