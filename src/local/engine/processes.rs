//! The processes of this machine, and ending those that a job left behind.
//!
//! A script may start processes that outlive its worker. While a job is supervised they are adopted by its
//! supervisor, which ends them at the end; when the supervisor itself is killed, what remains of its workers'
//! process groups is found through a record in the job folder. Both need Linux; elsewhere nothing is found.

use std::cell::RefCell;
use std::collections::HashSet;
use std::convert::Infallible;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};
use tokio::process::Child;

use super::file_error::FileError;

/// How long the end of killed processes is awaited.
const GOING: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

/// How often adopted processes that ended are collected.
const COLLECTION: Duration = Duration::from_secs(5);

thread_local! {
    /// Children that somebody waits for. One thread starts them all: they would die with any other.
    static AWAITED: RefCell<HashSet<u32>> = RefCell::default();
}

/// What the system tells about one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    group: i32,
    session: i32,
    /// In ticks since the machine was started.
    started: u64,
    is_zombie: bool,
}

/// Does all the work of a process that `owns_process` below it: orphans become its children, so that none gets out of
/// sight; those that end are collected, and what is left is killed when the work is done.
pub(super) async fn with_descendants<T>(owns_process: bool, work: impl Future<Output = T>) -> T {
    if !owns_process {
        return work.await;
    }
    #[cfg(target_os = "linux")]
    {
        let _old_kernel = rustix::process::set_child_subreaper(Some(getpid()));
    }
    let done = tokio::select! {
        done = work => done,
        never = collect_adopted() => match never {},
    };
    end_descendants();
    done
}

/// Says of a child that whoever started it waits for it: its end is not for others to collect.
#[derive(Debug)]
pub(super) struct Awaited(Option<u32>);

impl Awaited {
    /// To be called as soon as the child is started, and kept until it is waited for no longer.
    pub(super) fn of(child: &Child) -> Self {
        let id = child.id();
        AWAITED.with_borrow_mut(|awaited| awaited.extend(id));
        Self(id)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some(id) = &self.0 {
            AWAITED.with_borrow_mut(|awaited| awaited.remove(id));
        }
    }
}

/// Collects adopted children that have ended, for ever.
async fn collect_adopted() -> Infallible {
    let this = getpid().as_raw_nonzero().get();
    loop {
        tokio::time::sleep(COLLECTION).await;
        let ended = all().into_iter().filter(|process| process.parent == this && process.is_zombie);
        ended.filter(|process| !is_awaited(process)).for_each(|process| reap(&process));
    }
}

fn is_awaited(process: &Process) -> bool {
    u32::try_from(process.id).is_ok_and(|id| AWAITED.with_borrow(|awaited| awaited.contains(&id)))
}

/// Kills everything below this process. Blocks until it is gone, but not for long.
fn end_descendants() {
    let deadline = Instant::now() + GOING;
    loop {
        let left = descendants();
        for process in &left {
            kill(process);
            reap(process);
        }
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        // What is killed next was a grandchild until now.
        std::thread::sleep(PAUSE);
    }
}

fn descendants() -> Vec<Process> {
    let mut others = all();
    let mut found = Vec::new();
    let mut parents = vec![getpid().as_raw_nonzero().get()];
    while let Some(parent) = parents.pop() {
        let (children, rest): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|process| process.parent == parent);
        others = rest;
        parents.extend(children.iter().map(|process| process.id));
        found.extend(children);
    }
    found
}

/// Notes in the job folder which process group a worker leads.
pub(super) fn record_group(job_dir: &Path, leader: u32) -> Result<(), FileError> {
    let path = record_path(job_dir);
    let started = i32::try_from(leader).ok().and_then(read).map_or(0, |process| process.started);
    // Not by `getsid`: in a container whose session began outside it, the number is 0, on which rustix panics.
    let session = read(getpid().as_raw_nonzero().get()).map_or(0, |process| process.session);
    let line = format!("{} {session} {leader} {started}\n", namespace());
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).map_err(FileError::on("write", &path))
}

/// Removes the record: nothing is left of the recorded groups.
pub(super) fn forget_groups(job_dir: &Path) {
    let _had_none = fs::remove_file(record_path(job_dir));
}

/// Kills what is left of the recorded groups. Only to be called when their supervisor is gone.
pub(super) fn end_recorded_groups(job_dir: &Path) {
    let Ok(record) = fs::read_to_string(record_path(job_dir)) else {
        return;
    };
    let (here, processes) = (namespace(), all());
    for line in record.lines() {
        let Some(group) = RecordedGroup::parse(line, &here) else {
            continue;
        };
        processes.iter().filter(|process| group.has(process, &processes)).for_each(kill);
    }
    forget_groups(job_dir);
}

/// A line of the record.
#[derive(Debug, Clone, Copy)]
struct RecordedGroup {
    session: i32,
    leader: i32,
    started: u64,
}

impl RecordedGroup {
    /// Nothing when the line is damaged or tells of processes elsewhere, or before the machine was restarted.
    fn parse(line: &str, here: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let is_here = words.next()? == here;
        let (session, leader) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let started = words.next()?.parse().ok()?;
        is_here.then_some(Self { session, leader, started })
    }

    /// Whether the process is of this very group. Numbers are used again, but not that of a group with members:
    /// whoever leads it now must be the recorded leader, and its members are younger than that.
    fn has(self, process: &Process, all: &[Process]) -> bool {
        let leader = all.iter().find(|other| other.id == self.leader);
        process.group == self.leader
            && process.session == self.session
            && process.started >= self.started
            && leader.is_none_or(|leader| leader.started == self.started)
    }
}

fn record_path(job_dir: &Path) -> PathBuf {
    job_dir.join("workers")
}

/// Where and since when process numbers mean what they mean: this start of the machine, this container.
fn namespace() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}/{}", boot.trim(), space.display())
}

fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn read(id: i32) -> Option<Process> {
    let bytes = fs::read(format!("/proc/{id}/stat")).ok()?;
    parse_stat(id, &String::from_utf8_lossy(&bytes))
}

/// The second field is the program's name in parentheses, which may hold anything.
fn parse_stat(id: i32, stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
    Some(Process {
        id,
        is_zombie: *fields.first()? == "Z",
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

fn kill(process: &Process) {
    if let Some(id) = Pid::from_raw(process.id) {
        let _gone_already = kill_process(id, Signal::KILL);
    }
}

fn reap(process: &Process) {
    if let Some(id) = Pid::from_raw(process.id) {
        let _not_a_child_of_ours = waitpid(Some(id), WaitOptions::NOHANG);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEADER: Process =
        Process { id: 40, parent: 1, group: 40, session: 30, started: 500, is_zombie: false };
    const MEMBER: Process =
        Process { id: 41, parent: 1, group: 40, session: 30, started: 510, is_zombie: false };

    #[test]
    fn the_line_of_a_process_is_read_whatever_it_is_called() {
        let stat = "41 (a) S 9 (b) S 1 40 30 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 510 0 0";
        assert_eq!(parse_stat(41, stat), Some(MEMBER));
        assert_eq!(parse_stat(41, "41 (cat"), None);
    }

    #[test]
    fn only_members_of_the_recorded_group_are_taken_for_leftovers() {
        let group = RecordedGroup::parse("here 30 40 500", "here").into_iter().next();
        let has = |process: &Process, all: &[Process]| group.is_some_and(|group| group.has(process, all));
        assert!(has(&MEMBER, &[MEMBER]), "its leader is gone");
        assert!(has(&MEMBER, &[MEMBER, LEADER]) && has(&LEADER, &[MEMBER, LEADER]));
        let successor = Process { started: 900, ..LEADER };
        assert!(!has(&MEMBER, &[MEMBER, successor]), "the number of the leader is in use again");
        assert!(!has(&Process { session: 31, ..MEMBER }, &[]));
        assert!(!has(&Process { group: 39, ..MEMBER }, &[]));
        assert!(!has(&Process { started: 400, ..MEMBER }, &[]));
        assert!(RecordedGroup::parse("elsewhere 30 40 500", "here").is_none());
        assert!(RecordedGroup::parse("here 30 40", "here").is_none());
    }
}
