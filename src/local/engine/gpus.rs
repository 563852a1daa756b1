//! The GPUs of this machine, one for each worker while they last.
//!
//! Only hands out indices; whether a script makes use of its GPU is its own business.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::worker::WorkerIdentity;

/// See the module's documentation.
pub(super) struct Gpus {
    count: usize,
    taken: RefCell<HashMap<WorkerIdentity, usize>>,
}

impl Gpus {
    /// The GPUs with a device file `nvidia<n>` in `devices`.
    pub(super) fn found_in(devices: &Path) -> Self {
        let is_gpu = |name: &str| {
            let number = name.strip_prefix("nvidia").unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        };
        let entries = fs::read_dir(devices).into_iter().flatten().flatten();
        let count = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_gpu)).count();
        Self { count, taken: RefCell::default() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The lowest free index, which is the worker's until it is released.
    pub(super) fn take(&self, worker: WorkerIdentity) -> Option<usize> {
        let mut taken = self.taken.borrow_mut();
        let free = (0..self.count).find(|index| !taken.values().any(|other| other == index))?;
        taken.insert(worker, free);
        Some(free)
    }

    /// The worker is gone.
    pub(super) fn release(&self, worker: WorkerIdentity) {
        self.taken.borrow_mut().remove(&worker);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn every_worker_has_its_own_and_a_replacement_takes_the_freed_one() {
        let devices = tempfile::tempdir().unwrap();
        for name in ["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"] {
            fs::write(devices.path().join(name), "").unwrap();
        }
        let gpus = Gpus::found_in(devices.path());
        let worker = |sequence| WorkerIdentity { sequence, node: 0, process: sequence };
        assert_eq!(gpus.count(), 2);
        assert_eq!([0, 1, 2].map(|sequence| gpus.take(worker(sequence))), [Some(0), Some(1), None]);
        gpus.release(worker(0));
        gpus.release(worker(2));
        assert_eq!(gpus.take(worker(3)), Some(0));
        assert_eq!(gpus.take(worker(4)), None);
    }
}
