//! Process plumbing the standard library has no words for: sessions, lifelines, killing whole groups.
//!
//! All `unsafe` of the engine is here, and all of it is `pre_exec`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process, kill_process_group, setsid};

/// Makes the child the leader of a session of its own, out of reach of this terminal's signals.
pub(super) fn own_session(command: &mut Command) {
    let become_leader = || setsid().map(drop).map_err(Into::into);
    #[expect(unsafe_code, reason = "setsid is async-signal-safe and touches no memory of the parent")]
    // SAFETY: the closure makes one system call and allocates nothing.
    unsafe {
        command.pre_exec(become_leader);
    }
}

/// Makes the child the leader of a process group that dies with the thread that started it.
///
/// The kernel ties the lifeline to the starting *thread*: start such children from the runtime's own thread
/// only.
pub(super) fn own_group_with_lifeline(command: &mut Command) {
    command.process_group(0);
    #[cfg(target_os = "linux")]
    {
        let tie_to_parent =
            || rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(Into::into);
        #[expect(unsafe_code, reason = "prctl is async-signal-safe and touches no memory of the parent")]
        // SAFETY: the closure makes one system call and allocates nothing.
        unsafe {
            command.pre_exec(tie_to_parent);
        }
    }
}

/// Kills every process of the group led by `leader`. A group that is gone is fine: that was the aim.
pub(super) fn kill_group(leader: u32) {
    if let Some(leader) = process(leader) {
        let _gone_already = kill_process_group(leader, Signal::KILL);
    }
}

/// The same for a leader that nobody has waited for yet: it may have left its group.
pub(super) fn kill_leader_and_group(leader: u32) {
    kill_group(leader);
    if let Some(leader) = process(leader) {
        let _gone_already = kill_process(leader, Signal::KILL);
    }
}

fn process(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
