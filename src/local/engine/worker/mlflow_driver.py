"""The scoring script of MLflow models that come without one: reads each file, asks the model, writes a row a prediction.

Runs inside `worker.py`. What is read how, and what is written, follows the rules the cloud documents; where it says
nothing, ARCHITECTURE.md says what was chosen.
"""

import csv
import io
import logging
import os
import traceback
from __main__ import ScriptError

# What mlflow tells its makers of its use is told from here only if the deployment wants it told.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

PACKAGES = ("mlflow", "pandas", "numpy")
try:
    import mlflow.pyfunc
    import numpy
    import pandas
except ImportError as error:
    if error.name in PACKAGES:
        needed = "the environment has no package `%s`" % error.name
        advice = "an MLflow model without a scoring script needs `mlflow` or `mlflow-skinny`, and `pandas`"
        raise ScriptError("%s: %s" % (needed, advice)) from error
    raise ScriptError("the packages of the environment do not fit together: %s" % error) from error

# The column of a data frame's rows that says which file they are about.
FILE_COLUMN = "_azureml_filename"
# How many failed files a message names, and how much of it may be a library's own words.
FILES_NAMED = 3
LONGEST_REASON = 600

logger = logging.getLogger("azureml")


class Unreadable(ValueError):
    """A file that is not what the model can be asked about; the message is for whoever made the file."""


class Signature:
    """What the model says of its input. Without a word of it everything is read as it comes."""

    def __init__(self, schema):
        self.types = None
        self.dates = []
        self.tensor = None
        self.columns = None
        if schema is None or not schema.inputs:
            return
        if schema.is_tensor_spec():
            self.tensor = schema.numpy_types()[0], tuple(schema.inputs[0].shape)
        else:
            self._of_columns(schema)

    def _of_columns(self, schema):
        self.columns = list(zip(schema.input_names(), [column.type for column in schema.inputs]))
        self.types = {}
        for name, kind in self.columns:
            if kind == mlflow.types.DataType.datetime:
                # A reader of CSV knows no such type.
                self.dates.append(name)
            elif isinstance(kind, mlflow.types.DataType):
                self.types[name] = kind.to_pandas()

    def column_of_bytes(self):
        """The only column, if it holds bytes."""
        if len(self.columns) == 1 and self.columns[0][1] == mlflow.types.DataType.binary:
            return self.columns[0][0]
        raise Unreadable(
            "the model's signature asks for %s; for an image it has to be a tensor, or one column of type binary" % self
        )

    def __str__(self):
        if self.tensor:
            return "a tensor of type %s and shape %s" % self.tensor
        if self.columns:
            listed = ["%s: %s" % (name, getattr(kind, "name", kind)) for name, kind in self.columns]
            return "the columns " + ", ".join(listed)
        return "nothing; files are read as they come"


def read_csv(path):
    if signature.tensor:
        return read_numbers(path)
    frame = pandas.read_csv(path, engine="c", dtype=signature.types)
    for name in signature.dates:
        if name in frame:
            frame[name] = pandas.to_datetime(frame[name])
    return frame


def read_numbers(path):
    """Numbers apart by white space, as the cloud reads them for a tensor; it takes those apart by commas for none."""
    with open(path, encoding="utf-8", errors="replace") as file:
        if "," in file.readline():
            raise Unreadable(
                "the model's signature is a tensor, so the numbers have to be separated by spaces, not by commas; "
                "a model with a signature of columns reads commas"
            )
    kind, shape = signature.tensor
    array = numpy.genfromtxt(path, dtype=kind)
    # A single line has lost the dimension that counts the lines.
    return array.reshape(shape) if array.ndim < len(shape) else array


def read_parquet(path):
    return pandas.read_parquet(path)


def read_image(path):
    if signature.columns:
        name = signature.column_of_bytes()
        with open(path, "rb") as file:
            return pandas.DataFrame({name: [file.read()]})
    try:
        from PIL import Image
    except ImportError:
        raise Unreadable("the environment has no package `pillow`, which reads images") from None
    with Image.open(path) as image:
        array = numpy.array(image)
    if not signature.tensor:
        return array.astype(numpy.uint8)[None]
    kind, shape = signature.tensor
    if shape == (-1,):
        # Images of any size: a batch of one that holds the image as it is.
        batch = numpy.empty(1, dtype=kind)
        batch[0] = array
        return batch
    return shaped(array.astype(kind), shape)


def shaped(array, shape):
    """The array in the shape of the signature, as a batch of one if it is that."""
    batch = array[None]
    if batch.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, batch.shape)):
        return batch
    try:
        return array.reshape(shape)
    except ValueError:
        raise Unreadable(
            "the image has the shape %s, which cannot become the signature's %s" % (array.shape, shape)
        ) from None


TABLES = {".csv": read_csv, ".parquet": read_parquet, ".pqt": read_parquet}
IMAGES = {end: read_image for end in (".png", ".jpg", ".jpeg", ".tiff", ".bmp", ".gif")}


def plain(value):
    """A prediction as text: numbers as they print, and what is nested as a Python list, never shortened."""
    if isinstance(value, numpy.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return "[%s]" % ", ".join(nested(part) for part in value)
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (nested(key), nested(part)) for key, part in value.items())
    return str(value)


def nested(value):
    return repr(str(value)) if isinstance(value, str) else plain(value)


def predictions(output):
    """The predictions in what a model returned: one for each element of what has elements."""
    if output is None:
        raise ValueError("the model's predict() returned None")
    is_one = isinstance(output, (str, bytes, dict)) or getattr(output, "ndim", 1) == 0
    return [output] if is_one or not hasattr(output, "__iter__") else output


def as_frame(output):
    """The data frame that a model returned, or made of the columns it returned."""
    if isinstance(output, pandas.DataFrame):
        return output
    if not isinstance(output, dict):
        return None
    lists = {
        name: column.tolist() if getattr(column, "ndim", 0) > 1 else column for name, column in output.items()
    }
    try:
        return pandas.DataFrame(lists)
    except ValueError:
        # Single values, or columns of different lengths.
        return None


def row(*fields):
    """A line of CSV, quoted where it has to be."""
    line = io.StringIO()
    csv.writer(line).writerow(fields)
    return line.getvalue()[: -len(csv.excel.lineterminator)]


def rows(output, name, is_table):
    """`row,prediction,file` for each prediction; only rows of a table have numbers."""
    for number, prediction in enumerate(predictions(output)):
        fields = (plain(prediction), name)
        yield row(number, *fields) if is_table else row(*fields)


def score(path):
    """What is written about one file: a data frame, or a list of lines."""
    end = os.path.splitext(path)[1]
    read = TABLES.get(end) or IMAGES.get(end)
    if read is None:
        accepted = ", ".join([*TABLES, *IMAGES])
        raise Unreadable("File type '%s' is not supported; those that are: %s" % (end, accepted))
    output = model.predict(read(path))
    name = os.path.basename(path)
    frame = as_frame(output)
    return list(rows(output, name, end in TABLES)) if frame is None else frame.assign(**{FILE_COLUMN: name})


def in_one_line(text):
    text = " ".join(str(text).split())
    if len(text) > LONGEST_REASON:
        # Libraries begin with what they did and end with what was wrong; between them is the data.
        text = text[: LONGEST_REASON // 4] + " ... " + text[-LONGEST_REASON * 3 // 4 :]
    return text


def reason(error):
    """What is wrong, without the data that libraries put around it."""
    inner = error.__context__
    if inner is not None and str(inner) and str(error).rstrip().endswith("Error: " + str(inner)):
        return reason(inner)
    text = in_one_line(error)
    return text if isinstance(error, Unreadable) else "%s: %s" % (type(error).__name__, text)


def not_scored(failures, count):
    named = failures[:FILES_NAMED]
    if len(failures) > FILES_NAMED:
        named.append("and %d more" % (len(failures) - FILES_NAMED))
    return ScriptError("%d of %d files cannot be scored: %s" % (len(failures), count, "; ".join(named)))


def without_data(error):
    """The error, and those behind it, without what the functions that raised them had in hand."""
    behind, seen = error, set()
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        traceback.clear_frames(behind.__traceback__)
        behind = behind.__cause__ or behind.__context__
    return error


def init():
    global model, signature
    folder = os.environ["AZUREML_MODEL_DIR"]
    path = os.path.join(folder, os.listdir(folder)[0])
    if not os.path.isfile(os.path.join(path, "MLmodel")):
        raise ScriptError("the model `%s` is no MLflow model: it has no file `MLmodel`" % path)
    try:
        model = mlflow.pyfunc.load_model(path)
        signature = Signature(model.metadata.get_input_schema())
    except Exception as error:
        raise ScriptError("the MLflow model `%s` cannot be loaded: %s" % (path, reason(error))) from error
    logger.info("The signature of the model asks for %s", signature)


def run(mini_batch):
    results, failures, first = [], [], None
    for path in mini_batch:
        try:
            result = score(path)
        except Exception as error:
            told = reason(error)
            logger.error("Error processing input file: '%s'. %s", path, told)
            failures.append("`%s`: %s" % (os.path.basename(path), told))
            # Errors hold on to the data they came of, so one has to do, and of a failed mini-batch nothing is written.
            first = first or without_data(error)
            results.clear()
        else:
            if not failures:
                results.append(result)
    if failures:
        raise not_scored(failures, len(mini_batch)) from first
    if all(isinstance(result, pandas.DataFrame) for result in results):
        return pandas.concat(results)
    return [line for result in results for line in lines(result)]


def lines(result):
    """A data frame among other answers becomes the lines it would have been."""
    if isinstance(result, list):
        return result
    text = result.to_csv(sep=" ", header=False, index=False).rstrip("\n")
    return [text] if text else []
