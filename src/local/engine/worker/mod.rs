//! One worker process: a Python interpreter in its own process group that runs the scoring script.
//!
//! A [`Worker`] is the handle the executor holds; a task of its own reads the frames and the end of the
//! process and passes both on, frames first. Dropping the handle kills the whole process group. When
//! mini-batches are sent and what an answer means is decided elsewhere.

mod protocol;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as SocketPair;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::file_error::FileError;
use super::processes::Awaited;
use super::unix;

pub(super) use protocol::{
    Answer, ProtocolError, Returned, ScriptLocation, ScriptPhase, ScriptReport, Start, retire_frame,
    run_frame, shutdown_frame,
};

/// The program of every worker.
pub(super) const PROGRAM: &str = include_str!("worker.py");

/// Which worker of the job this is. No two processes of a job share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WorkerIdentity {
    /// Counts the worker processes of the job.
    pub(super) sequence: u32,
    /// The node it stands for.
    pub(super) node: u32,
    /// Counts the worker processes of the node.
    pub(super) process: u32,
}

impl WorkerIdentity {
    /// The name the cloud gives it within its node.
    pub(super) fn process_name(self) -> String {
        format!("process{:03}", self.process)
    }
}

impl fmt::Display for WorkerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/process{:03}", self.node, self.process)
    }
}

/// What happens at a worker.
#[derive(Debug)]
pub(super) enum WorkerEvent {
    Answer(Answer),
    /// It broke the protocol and was killed; its end follows.
    Nonsense(ProtocolError),
    /// Its process is gone; nothing follows.
    Exited(Option<ExitStatus>),
}

/// Why a worker process could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error(
        "no Python was found: there is no `{0}`; install Python 3.8 or newer, or set AZML_PYTHON to an interpreter"
    )]
    NoPython(PathBuf),
    #[error("cannot start the Python interpreter `{python}`")]
    Spawn { python: PathBuf, source: io::Error },
    #[error("cannot make a socket for a worker process")]
    Socket(#[source] io::Error),
    #[error("cannot describe the job to a worker process")]
    Describe(#[source] serde_json::Error),
    #[error(transparent)]
    File(#[from] FileError),
}

/// How to start a worker process.
pub(super) struct Launch<'a> {
    pub(super) python: &'a Path,
    pub(super) program: &'a Path,
    pub(super) environment: &'a [(String, String)],
    pub(super) stdout: &'a Path,
    pub(super) stderr: &'a Path,
    pub(super) start: Start<'a>,
}

/// A worker process that was started and whose end has not been told yet.
pub(super) struct Worker {
    pid: u32,
    reaped: Arc<AtomicBool>,
    outbox: UnboundedSender<Vec<u8>>,
    end: JoinHandle<()>,
}

impl Worker {
    /// Starts the process. Call it on the runtime's own thread: the process dies with the thread that starts
    /// it.
    pub(super) fn start(
        launch: &Launch<'_>,
        identity: WorkerIdentity,
        events: UnboundedSender<(WorkerIdentity, WorkerEvent)>,
    ) -> Result<Self, StartError> {
        let (ours, theirs) = SocketPair::pair().map_err(StartError::Socket)?;
        ours.set_nonblocking(true).map_err(StartError::Socket)?;
        let (from_worker, to_worker) = UnixStream::from_std(ours).map_err(StartError::Socket)?.into_split();
        let start = launch.start.frame().map_err(StartError::Describe)?;

        let child = spawn(launch, theirs.into())?;
        let pid = child.id().unwrap_or_default();
        let reaped = Arc::new(AtomicBool::new(false));
        let (outbox, orders) = unbounded_channel();
        let _the_receiver_is_right_here = outbox.send(start);
        tokio::spawn(write_orders(to_worker, orders));
        let awaited = Awaited::of(&child);
        let attendant = Attendant { identity, events, pid, reaped: Arc::clone(&reaped), _awaited: awaited };
        let end = tokio::spawn(attendant.attend(child, from_worker));
        Ok(Self { pid, reaped, outbox, end })
    }

    /// Number of the process, and of the group it leads.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a frame. One that a dead worker no longer takes is no loss: its end is on the way.
    pub(super) fn send(&self, frame: Vec<u8>) {
        let _worker_is_gone = self.outbox.send(frame);
    }

    /// Kills the process and all it started in its group; the end is told as for any other.
    pub(super) fn kill(&self) {
        if !self.reaped.load(Ordering::Acquire) {
            unix::kill_leader_and_group(self.pid);
        }
    }

    /// Kills the process and waits until it is gone.
    pub(super) async fn killed(mut self) {
        self.kill();
        let _panicked = (&mut self.end).await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Variables of whoever invoked that would change what Python imports or how it runs a script: the cloud's workers
/// have none of them. A deployment may set them.
pub(super) const NOT_INHERITED: [&str; 11] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONINSPECT",
    "PYTHONSTARTUP",
    "PYTHONDEVMODE",
    "PYTHONDEBUG",
    "PYTHONVERBOSE",
    "PYTHONHASHSEED",
];

fn spawn(launch: &Launch<'_>, socket: OwnedFd) -> Result<Child, StartError> {
    let mut command = std::process::Command::new(launch.python);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    command
        .arg(launch.program)
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(launch.start.working_dir)
        .stdin(Stdio::from(socket))
        .stdout(append(launch.stdout)?)
        .stderr(append(launch.stderr)?);
    unix::own_group_with_lifeline(&mut command);
    let child = Command::from(command).kill_on_drop(true).spawn();
    child.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => StartError::NoPython(launch.python.to_owned()),
        _ => StartError::Spawn { python: launch.python.to_owned(), source },
    })
}

fn append(path: &Path) -> Result<File, FileError> {
    OpenOptions::new().create(true).append(true).open(path).map_err(FileError::on("open", path))
}

/// Passes orders on without making the executor wait for a busy worker; those that are there at once go at once.
async fn write_orders(mut socket: OwnedWriteHalf, mut orders: UnboundedReceiver<Vec<u8>>) {
    while let Some(mut order) = orders.recv().await {
        while let Ok(next) = orders.try_recv() {
            order.extend_from_slice(&next);
        }
        if socket.write_all(&order).await.is_err() {
            return;
        }
    }
}

/// Listens to one worker until its end.
struct Attendant {
    identity: WorkerIdentity,
    events: UnboundedSender<(WorkerIdentity, WorkerEvent)>,
    pid: u32,
    reaped: Arc<AtomicBool>,
    _awaited: Awaited,
}

impl Attendant {
    async fn attend(self, mut child: Child, mut socket: OwnedReadHalf) {
        let mut buffer = Vec::with_capacity(4096);
        let mut listening = true;
        let status = loop {
            tokio::select! {
                biased;
                read = socket.read_buf(&mut buffer), if listening => {
                    // Not yet the end: the process may live on after closing its socket.
                    listening = matches!(read, Ok(1..)) && self.pass_on(&mut buffer);
                }
                status = child.wait() => break status.ok(),
            }
        };
        self.reaped.store(true, Ordering::Release);
        // Whatever the worker left running belongs to the job. The group's number is not reused while it has
        // members.
        unix::kill_group(self.pid);
        if listening {
            // What it said last may still be in the socket, which a process it forked may hold open.
            while matches!(socket.try_read_buf(&mut buffer), Ok(1..)) {}
            self.pass_on(&mut buffer);
        }
        self.tell(WorkerEvent::Exited(status));
    }

    /// Tells every complete answer; `false` when the worker is beyond understanding.
    fn pass_on(&self, buffer: &mut Vec<u8>) -> bool {
        loop {
            match protocol::take_answer(buffer) {
                Ok(Some(answer)) => self.tell(WorkerEvent::Answer(answer)),
                Ok(None) => return true,
                Err(error) => {
                    unix::kill_leader_and_group(self.pid);
                    self.tell(WorkerEvent::Nonsense(error));
                    return false;
                }
            }
        }
    }

    fn tell(&self, event: WorkerEvent) {
        let _nobody_is_listening = self.events.send((self.identity, event));
    }
}

/// How a process ended, in words.
pub(super) fn describe_exit(status: Option<ExitStatus>) -> String {
    let Some(status) = status else {
        return "the worker process ended in an unknown way".to_owned();
    };
    match (status.signal(), status.code()) {
        (Some(9), _) => {
            "the worker process was killed by signal 9 (often: the machine ran out of memory)".to_owned()
        }
        (Some(11), _) => "the worker process crashed with signal 11 (segmentation fault)".to_owned(),
        (Some(signal), _) => format!("the worker process was killed by signal {signal}"),
        (None, Some(code)) => format!("the worker process ended by itself with exit code {code}"),
        (None, None) => "the worker process ended in an unknown way".to_owned(),
    }
}
