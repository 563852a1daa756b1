"""One worker process: imports the scoring script, calls init() once and run() for every mini-batch.

Speaks length-prefixed frames on a socket that it receives as standard input; the script's own input is empty and its
output goes to log files. Rows are rendered here and appended to this worker's segment file; whether they count is
decided elsewhere. Uses the standard library only and starts without the slow parts of it.
"""

import binascii
import json
import logging
import os
import struct
import sys
import types
# Bound before the script can change their modules.
from json import dumps
from time import perf_counter_ns, sleep

# Length of what follows, and kind.
HEADER, LENGTH = struct.Struct("<IB"), struct.Struct("<I")
# Number and attempt of a mini-batch; its names follow.
ORDER = struct.Struct("<QI")
# Number of the mini-batch, length of the result, where its rows begin, their bytes, nanoseconds, checksum.
RESULT = struct.Struct("<6Q")
# Frames to the worker.
START, RUN, SHUTDOWN, RETIRE = 1, 2, 3, 4
# Frames from the worker.
READY, INIT_FAILED, DONE, FAILED, UNWRITABLE = 1, 2, 3, 4, 5

# Longest texts of a report, in characters: a line or a name of the script may have any length.
MAX_TRACEBACK = 16 * 1024
MAX_CODE = 500
MAX_FILE = 4096
# Tells the processes that the script starts with multiprocessing what `EntryScript` answers.
ENTRY_SCRIPT = "AZML_ENTRY_SCRIPT"
# Where the engine puts scoring scripts of its own.
DRIVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver", "")


class Channel:
    """The socket to the engine. Private to this process: programs that the script starts do not inherit it."""

    def __init__(self):
        self.descriptor = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._buffer = b""
        # Where in the buffer the next frame begins: several may arrive at once.
        self._next = 0

    def _fill(self, count):
        """Reads on until the buffer has so many bytes of the next frame."""
        self._buffer, self._next = self._buffer[self._next :], 0
        while len(self._buffer) < count:
            chunk = os.read(self.descriptor, max(65536, count - len(self._buffer)))
            if not chunk:
                # The engine is gone: nobody wants the results any more.
                os._exit(0)
            self._buffer += chunk

    def receive(self):
        if len(self._buffer) - self._next < HEADER.size:
            self._fill(HEADER.size)
        length, kind = HEADER.unpack_from(self._buffer, self._next)
        if len(self._buffer) - self._next < LENGTH.size + length:
            self._fill(LENGTH.size + length)
        begin = self._next + HEADER.size
        self._next += LENGTH.size + length
        return kind, self._buffer[begin : self._next]

    def send(self, kind, payload):
        write_all(self.descriptor, HEADER.pack(len(payload) + 1, kind) + payload)


def write_all(descriptor, data):
    written = os.write(descriptor, data)
    while written < len(data):
        data = data[written:]
        written = os.write(descriptor, data)


class Segment:
    """The file of this worker's rows."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._offset = 0

    def append(self, rows):
        """Answers where the rows begin."""
        began = self._offset
        if rows:
            write_all(self.descriptor, rows)
            self._offset += len(rows)
        return began


class Descriptors:
    """Notices when the script closes what it did not open: another file may have the number by then."""

    def __init__(self, *descriptors):
        self._files = [(descriptor, self._identity(descriptor)) for descriptor in descriptors]

    @staticmethod
    def _identity(descriptor):
        try:
            status = os.fstat(descriptor)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def check(self, function):
        if any(self._identity(descriptor) != identity for descriptor, identity in self._files):
            # Nothing can be reported any more but on stderr.
            complain("%s closed the descriptors of the worker process\n" % function)
            os._exit(1)


class MiniBatch(list):
    """The paths of one mini-batch; a list that knows its number."""

    task_id = None


class MiniBatchContext:
    """What a run() with a second parameter is told about its mini-batch."""

    def __init__(self, number, attempt):
        self.minibatch_index = number
        self.retry_count = attempt - 1
        self.partition_key_value = None
        self.dataset = None
        self.global_row_index_lower_bound = None


class EntryScript:
    """Stand-in for the class of this name that scripts import from `azureml_user.parallel_run`."""

    _instance = None
    _start = {}

    def __new__(cls, *_args, **_kwargs):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    @property
    def logger(self):
        logger = logging.getLogger("EntryScript")
        if not logger.handlers:
            path = os.path.join(self.log_dir, self.agent_name + ".log.txt")
            handler = logging.FileHandler(path, encoding="utf-8")
            handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.getLogger().level)
        return logger

    @property
    def log_dir(self):
        folder = self._start["entry_script_log_dir"]
        os.makedirs(folder, exist_ok=True)
        return folder

    @property
    def output_dir(self):
        return self._start["output_dir"]

    @property
    def working_dir(self):
        return self._start["working_dir"]

    @property
    def dir(self):
        return os.path.dirname(os.path.join(self._start["code_dir"], self._start["scoring_script"]))

    @property
    def agent_name(self):
        return self._start["agent_name"]


def install_entry_script(start):
    EntryScript._start = start
    os.environ[ENTRY_SCRIPT] = dumps(start)
    package = types.ModuleType("azureml_user")
    package.__path__ = []
    module = types.ModuleType("azureml_user.parallel_run")
    module.EntryScript = EntryScript
    package.parallel_run = module
    sys.modules["azureml_user"] = package
    sys.modules["azureml_user.parallel_run"] = module


def prepare_process(start):
    """Makes this process look to the script as the cloud's worker does."""
    os.chdir(start["working_dir"])
    # Programs that came with the packages are found by name, as in the cloud.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    own_folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [start["code_dir"]] + [entry for entry in sys.path if entry != own_folder]
    sys.argv = [os.path.join(start["code_dir"], start["scoring_script"])] + start["arguments"]
    for stream in (sys.stdout, sys.stderr):
        # Line by line, so that the last words before a crash are in the log.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s|%(name)s|%(levelname)s|%(process)d|%(message)s"))
    logging.getLogger().addHandler(handler)
    level = getattr(logging, start["logging_level"].upper(), logging.INFO)
    logging.getLogger().setLevel(level if isinstance(level, int) else logging.INFO)
    folders = ("entry_script_log_dir", "output_dir", "working_dir", "code_dir")
    install_entry_script({name: start[name] for name in folders + ("scoring_script", "agent_name")})


class ScriptError(Exception):
    """The scoring script breaks the contract, or one of the engine's own says in full what is wrong."""


def clean(text):
    """Text that any JSON reader accepts: file names may hold bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_engines(path):
    return path == __file__ or path.startswith(DRIVERS) or path.startswith("<frozen importlib")


def qualified_name(kind):
    """The name of a class as tracebacks have it."""
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "." + kind.__qualname__


def summarize(error):
    """Class and message, without notes: they are in the traceback."""
    import traceback

    exception = traceback.TracebackException(type(error), error, None)
    exception.__notes__ = None
    return list(exception.format_exception_only())[-1].strip()


def locate(error, frames, code_dir):
    """Where to look: in the user's code if possible, since the library that raised is rarely the place."""
    if isinstance(error, SyntaxError) and error.filename:
        # Anybody may raise one, with whatever attributes.
        line = error.lineno if isinstance(error.lineno, int) and 0 <= error.lineno < 1 << 31 else 0
        file, code = str(error.filename), str(error.text or "").strip()
    elif frames:
        own = [frame for frame in frames if frame.filename.startswith(os.path.join(code_dir, ""))]
        frame = (own or frames)[-1]
        file, line, code = frame.filename, frame.lineno or 0, frame.line or ""
    else:
        return None
    return {"file": clean(file)[:MAX_FILE], "line": line, "code": clean(code)[:MAX_CODE]}


def describe(error, code_dir):
    """The error as the engine reports it: without the engine's own frames."""
    if isinstance(error, ScriptError):
        return describe_in_its_words(error)
    import traceback

    trace = error.__traceback__
    while trace is not None and is_engines(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    name = summary = full = type(error).__name__
    location = None
    try:
        name = qualified_name(type(error))
        summary = summarize(error)
        full = "".join(traceback.format_exception(type(error), error, trace))
        frames = [frame for frame in traceback.extract_tb(trace) if not is_engines(frame.filename)]
        location = locate(error, frames, code_dir)
    except BaseException:
        # An exception may be too odd to be described, or end the process when asked; its class has to do.
        pass
    return {
        "class": clean(str(name))[:MAX_CODE],
        "error": clean(summary)[:MAX_TRACEBACK],
        "traceback": clean(full)[-MAX_TRACEBACK:],
        "location": location,
    }


def describe_in_its_words(error):
    """A ScriptError: its message, and the traceback of what caused it."""
    message, cause = clean(str(error))[:MAX_TRACEBACK], error.__cause__
    report = {"class": "ScriptError", "error": message, "traceback": "", "location": None}
    if cause is not None:
        import traceback

        full = "".join(traceback.format_exception(type(cause), cause, cause.__traceback__))
        report["traceback"] = message + "\n" + clean(full)[-MAX_TRACEBACK:]
        report["class"] = clean(qualified_name(type(cause)))[:MAX_CODE]
    return report


def failure(phase, error, code_dir):
    details = describe(error, code_dir)
    details["phase"] = phase
    return dumps(details).encode("utf-8")


def load_script(start):
    script = start["scoring_script"]
    path = os.path.join(start["code_dir"], script)
    if not os.path.isfile(path):
        raise ScriptError("the code folder has no file %r" % script)
    if not script.endswith(".py"):
        raise ScriptError("the scoring script %r is not a .py file" % script)
    name = os.path.normpath(script)[: -len(".py")].replace(os.sep, ".")
    # What import_module() does for an absolute name, without importing importlib's Python half.
    __import__(name)
    module = sys.modules[name]
    origin = getattr(module, "__file__", None)
    if origin is None or not os.path.samefile(origin, path):
        raise ScriptError("the scoring script %r has the name of another module; rename it" % script)
    if not callable(getattr(module, "run", None)):
        raise ScriptError("the scoring script has no function run(mini_batch)")
    return module


def takes_context(run):
    """Whether run() has a second positional parameter."""
    if isinstance(run, types.FunctionType) and not hasattr(run, "__wrapped__"):
        return run.__code__.co_argcount >= 2
    import inspect

    try:
        parameters = inspect.signature(run).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in positional for parameter in parameters) >= 2


def is_data_frame(result):
    # Never imported here: a script that returns a data frame has imported pandas.
    frame_type = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return frame_type is not None and isinstance(result, frame_type)


def check_type(result):
    if isinstance(result, (list, tuple)) or is_data_frame(result):
        return
    raise ScriptError(
        "run() must return a list or a pandas DataFrame; its length is the number of succeeded items and its "
        "elements are the rows of the output. The actual type of output is %s." % type(result).__name__
    )


def render(result):
    if is_data_frame(result):
        text = result.to_csv(None, sep=" ", header=False, index=False) if len(result) else ""
    else:
        text = "".join([format(row) + "\n" for row in result])
    return text.encode("utf-8", "surrogateescape")


class Worker:
    def __init__(self, channel, segment, start):
        self.channel = channel
        self.segment = segment
        self.descriptors = Descriptors(channel.descriptor, segment.descriptor)
        self.folder = os.path.join(start["input_root"], "")
        self.encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
        self.start = start
        self.process = os.getpid()
        self.script = None
        self.run = None
        self.with_context = False

    def is_copy(self):
        """Whether this is a process that the script forked and that came back: only the parent answers."""
        return os.getpid() != self.process

    def prepare(self):
        """Imports and initialises the script; answers whether that went well."""
        phase = "import"
        try:
            if sys.version_info < (3, 8):
                raise ScriptError("Python %s is too old: 3.8 or newer is needed" % sys.version.split()[0])
            prepare_process(self.start)
            self.script = load_script(self.start)
            phase = "init"
            init = getattr(self.script, "init", None)
            if callable(init):
                init()
            self.run = self.script.run
            self.with_context = takes_context(self.run)
        except BaseException as error:
            flush()
            if self.is_copy():
                os._exit(1)
            self.descriptors.check("the script" if phase == "import" else "init()")
            self.channel.send(INIT_FAILED, failure(phase, error, self.start["code_dir"]))
            return False
        flush()
        if self.is_copy():
            os._exit(0)
        self.descriptors.check("init()")
        return True

    def mini_batch(self, number, names):
        folder = self.folder
        paths = MiniBatch([folder + name for name in names.decode(*self.encoding).split("\0")[:-1]])
        paths.task_id = number
        return paths

    def score(self, payload):
        number, attempt = ORDER.unpack_from(payload)
        arguments = [self.mini_batch(number, payload[ORDER.size :])]
        if self.with_context:
            arguments.append(MiniBatchContext(number, attempt))
        began = perf_counter_ns()
        try:
            result = self.run(*arguments)
            if self.is_copy():
                os._exit(0)
            nanoseconds = perf_counter_ns() - began
            check_type(result)
            count = len(result)
            rows = render(result) if self.start["append_rows"] else b""
        except BaseException as error:  # SystemExit and KeyboardInterrupt are failed attempts like any other.
            flush()
            if self.is_copy():
                os._exit(1)
            self.descriptors.check("run()")
            self.channel.send(FAILED, payload[:8] + failure("run", error, self.start["code_dir"]))
            return
        self.descriptors.check("run()")
        try:
            write_at = self.segment.append(rows)
        except OSError as error:
            # A full disk is not the script's fault and no failed attempt: it ends the job.
            self.channel.send(UNWRITABLE, reason(error))
            os._exit(1)
        flush()
        self.channel.send(DONE, RESULT.pack(number, count, write_at, len(rows), nanoseconds, binascii.crc32(rows)))


def reason(error):
    return (error.strerror or str(error)).encode("utf-8", "backslashreplace")


def complain(text):
    """Writes to the worker's stderr, whatever the script did to `sys.stderr`."""
    flush()
    try:
        write_all(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        pass


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # The script may have closed or replaced it.
            pass


def end(script, patience):
    """A normal end: the script's shutdown(), then the interpreter's own, with all that is registered for it.

    Files are closed and pools are joined there. Whoever keeps the interpreter from ending is left behind after
    `patience` seconds.
    """
    shutdown = getattr(script, "shutdown", None)
    try:
        if callable(shutdown):
            shutdown()
    except BaseException:
        logging.getLogger().exception("shutdown() failed; the result of the job is not affected")
    flush()
    import threading

    def give_up():
        sleep(patience)
        os._exit(0)

    threading.Thread(target=give_up, daemon=True).start()
    sys.exit(0)


def serve():
    """Works until it is told to end; answers what it was started with, and the script if it may shut down."""
    channel = Channel()
    _kind, payload = channel.receive()
    start = json.loads(payload.decode("utf-8"))
    try:
        # Before the script gets a chance to close files it did not open.
        segment = Segment(start["segment"])
    except OSError as error:
        channel.send(UNWRITABLE, reason(error))
        os._exit(1)
    worker = Worker(channel, segment, start)
    if not worker.prepare():
        os._exit(1)
    channel.send(READY, sys.version.split()[0].encode("utf-8"))
    while True:
        kind, payload = channel.receive()
        if kind == RUN:
            worker.score(payload)
        elif kind == SHUTDOWN:
            return start, worker.script
        elif kind == RETIRE:
            return start, None


def main():
    try:
        start, script = serve()
    except BaseException:
        # This program's own mistake, or the machine's. A worker that goes on after it would never answer.
        try:
            import traceback

            complain(traceback.format_exc())
        finally:
            os._exit(1)
    end(script, start["exit_patience_seconds"])


if __name__ == "__main__":
    main()
elif __name__ == "__mp_main__" and ENTRY_SCRIPT in os.environ:
    # A process of the script's own, which multiprocessing prepares by running this program under that name.
    install_entry_script(json.loads(os.environ[ENTRY_SCRIPT]))
