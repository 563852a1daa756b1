"""One worker process: imports the scoring script, calls init() once and run() for every mini-batch.

Speaks length-prefixed frames on a socket that it receives as standard input; the script's own input is empty and its
output goes to log files. Rows are rendered here and appended to this worker's segment file; whether they count is
decided elsewhere. Uses the standard library only and starts without the slow parts of it.
"""

import json
import logging
import os
import sys
import time
import types

# Frames to the worker.
START, RUN, SHUTDOWN = 1, 2, 3
# Frames from the worker.
READY, INIT_FAILED, DONE, FAILED = 1, 2, 3, 4

MAX_TRACEBACK = 16 * 1024
VARIABLE_ARGUMENTS = 0x04


class Channel:
    """The socket to the engine. Private to this process: programs that the script starts do not inherit it."""

    def __init__(self):
        self._descriptor = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._buffer = b""

    def _read_exactly(self, count):
        while len(self._buffer) < count:
            chunk = os.read(self._descriptor, max(65536, count - len(self._buffer)))
            if not chunk:
                # The engine is gone: nobody wants the results any more.
                os._exit(0)
            self._buffer += chunk
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def receive(self):
        length = int.from_bytes(self._read_exactly(4), "little")
        frame = self._read_exactly(length)
        return frame[0], frame[1:]

    def send(self, kind, payload):
        write_all(self._descriptor, (len(payload) + 1).to_bytes(4, "little") + bytes([kind]) + payload)


def write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


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
            os.makedirs(self.log_dir, exist_ok=True)
            path = os.path.join(self.log_dir, self.agent_name + ".log.txt")
            handler = logging.FileHandler(path, encoding="utf-8")
            handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.getLogger().level)
        return logger

    @property
    def log_dir(self):
        return self._start["entry_script_log_dir"]

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
    install_entry_script(start)


class ScriptError(Exception):
    """The scoring script breaks the contract."""


def clean(text):
    """Text that any JSON reader accepts: file names may hold bytes that are no text."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_engines(path):
    return path == __file__ or path.startswith("<frozen importlib")


def describe(error, code_dir):
    """The error as the engine reports it: without the engine's own frames, located in the user's code if possible."""
    if isinstance(error, ScriptError):
        return {"error": clean(str(error)), "traceback": "", "location": None}
    import traceback

    trace = error.__traceback__
    while trace is not None and is_engines(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    try:
        summary = traceback.format_exception_only(type(error), error)[-1].strip()
        full = "".join(traceback.format_exception(type(error), error, trace))
        frames = [frame for frame in traceback.extract_tb(trace) if not is_engines(frame.filename)]
    except Exception:
        summary, full, frames = type(error).__name__, type(error).__name__, []
    location = None
    if isinstance(error, SyntaxError) and error.filename:
        location = {"file": error.filename, "line": error.lineno or 0, "code": (error.text or "").strip()}
    elif frames:
        # The library that raised is rarely the place to look at.
        frames = [frame for frame in frames if frame.filename.startswith(os.path.join(code_dir, ""))] or frames
        location = {"file": frames[-1].filename, "line": frames[-1].lineno or 0, "code": frames[-1].line or ""}
    if location is not None:
        location["file"], location["code"] = clean(location["file"]), clean(location["code"])
    return {"error": clean(summary)[:MAX_TRACEBACK], "traceback": clean(full)[-MAX_TRACEBACK:], "location": location}


def failure(phase, error, code_dir):
    details = describe(error, code_dir)
    details["phase"] = phase
    return json.dumps(details).encode("utf-8")


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
    def __init__(self, channel, start, script):
        self.channel = channel
        self.root = os.fsencode(start["input_root"])
        self.code_dir = start["code_dir"]
        self.run = script.run
        self.with_context = takes_context(script.run)
        self.append_rows = start["append_rows"]
        self.process = os.getpid()
        self.offset = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self.segment = os.open(start["segment"], flags, 0o644)

    def mini_batch(self, number, names):
        paths = MiniBatch(os.fsdecode(os.path.join(self.root, name)) for name in names.split(b"\0")[:-1])
        paths.task_id = number
        return paths

    def score(self, payload):
        number = int.from_bytes(payload[:8], "little")
        attempt = int.from_bytes(payload[8:12], "little")
        arguments = [self.mini_batch(number, payload[12:])]
        if self.with_context:
            arguments.append(MiniBatchContext(number, attempt))
        began = time.perf_counter_ns()
        try:
            result = self.run(*arguments)
            if os.getpid() != self.process:
                # A child that the script forked came back: only the parent answers.
                os._exit(0)
            nanoseconds = time.perf_counter_ns() - began
            check_type(result)
            count = len(result)
            rows = render(result) if self.append_rows else b""
        except BaseException as error:  # SystemExit and KeyboardInterrupt are failed attempts like any other.
            flush()
            if os.getpid() != self.process:
                os._exit(1)
            self.channel.send(FAILED, payload[:8] + failure("run", error, self.code_dir))
            return
        write_at = self.offset
        # Outside the try: a full disk is not the script's fault. It ends this process, with the reason on stderr.
        write_all(self.segment, rows)
        self.offset += len(rows)
        flush()
        numbers = (number, count, write_at, len(rows), nanoseconds)
        self.channel.send(DONE, b"".join(value.to_bytes(8, "little") for value in numbers))


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # The script may have closed or replaced it.
            pass


def end(script):
    """A normal end: the script's shutdown(), what libraries registered for the exit, and no waiting for threads."""
    import atexit

    shutdown = getattr(script, "shutdown", None)
    try:
        if callable(shutdown):
            shutdown()
    except BaseException:
        logging.getLogger().exception("shutdown() failed; the result of the job is not affected")
    try:
        atexit._run_exitfuncs()
    finally:
        flush()
        os._exit(0)


def main():
    channel = Channel()
    _kind, payload = channel.receive()
    start = json.loads(payload.decode("utf-8"))
    phase = "import"
    try:
        if sys.version_info < (3, 8):
            raise ScriptError("Python %s is too old: 3.8 or newer is needed" % sys.version.split()[0])
        prepare_process(start)
        script = load_script(start)
        phase = "init"
        init = getattr(script, "init", None)
        if callable(init):
            init()
        worker = Worker(channel, start, script)
    except BaseException as error:
        flush()
        channel.send(INIT_FAILED, failure(phase, error, start["code_dir"]))
        os._exit(1)
    flush()
    channel.send(READY, sys.version.split()[0].encode("utf-8"))
    while True:
        kind, payload = channel.receive()
        if kind == RUN:
            worker.score(payload)
        elif kind == SHUTDOWN:
            end(script)


if __name__ == "__main__":
    main()
