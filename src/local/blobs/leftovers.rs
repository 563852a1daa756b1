//! What killed clients left behind: files on their way to a name, and blocks that were never put together.

use std::fs::{self, DirEntry, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A temporary file nobody has written to for so long has lost its writer.
const LOST: Duration = DAY;
/// How long blocks wait for another one, or for the list that makes a blob of them: as in Azure.
const UNCOMMITTED: Duration = DAY.saturating_mul(7);
/// Time between two looks, of whatever processes.
const INTERVAL: Duration = DAY;
/// Files removed in one look at most, so that the upload that happens to look does not wait long.
const AT_ONCE: usize = 10_000;
/// Written at every look. No container can have such a name.
const MARK: &str = ".swept";

/// Removes what is left over in the containers below `root`, if nobody has looked today. What cannot be removed stays:
/// no upload fails because of it.
///
/// `now` is a time of the file system itself, whose clock may be another than ours.
pub(super) fn remove(root: &Path, now: SystemTime) {
    let mark = root.join(MARK);
    if fs::metadata(&mark).is_ok_and(|facts| age(&facts, now) < INTERVAL) {
        return;
    }
    let _looked_again_by_the_next = File::create(&mark).and_then(|file| file.set_modified(now));
    let containers: Vec<_> = entries(root).map(|entry| entry.path()).collect();
    let lost = containers.iter().flat_map(|container| older(&container.join("tmp"), now, LOST));
    let stalled = containers.iter().flat_map(|container| older(&container.join("blocks"), now, UNCOMMITTED));
    let stalled: Vec<_> = stalled.collect();
    let blocks = stalled.iter().flat_map(|blob| older(blob, now, UNCOMMITTED));
    for file in lost.chain(blocks).take(AT_ONCE) {
        let _still_there = fs::remove_file(file);
    }
    for blob in stalled {
        // Only an empty folder goes: a block that has just come stays.
        let _in_use_again = fs::remove_dir(blob);
    }
}

fn older(folder: &Path, now: SystemTime, limit: Duration) -> impl Iterator<Item = PathBuf> + use<> {
    let is_older = move |entry: &DirEntry| entry.metadata().is_ok_and(|facts| age(&facts, now) > limit);
    entries(folder).filter(is_older).map(|entry| entry.path())
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn age(facts: &Metadata, now: SystemTime) -> Duration {
    facts.modified().ok().and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default()
}
