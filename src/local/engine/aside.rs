//! Work that blocks, such as copying folders: done on other threads, so that the processes of the job are served meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

/// The threads that work for one job, or one step of a pipeline. What they are at ends early when this is dropped.
#[derive(Debug)]
pub(super) struct Aside {
    stop: Arc<AtomicBool>,
    /// Every thread listens while it works.
    under_way: watch::Sender<()>,
}

impl Default for Aside {
    fn default() -> Self {
        Self { stop: Arc::default(), under_way: watch::Sender::new(()) }
    }
}

impl Aside {
    /// Does `work` on another thread. It is told by its argument when it shall end early, and is to look often.
    pub(super) fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (stop, listening) = (Arc::clone(&self.stop), self.under_way.subscribe());
        spawn_blocking(move || {
            let done = work(&stop);
            drop(listening);
            done
        })
    }

    /// Ends what nobody waits for any longer, and waits until no thread touches the job's files any more.
    pub(super) async fn end(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.under_way.closed().await;
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_nobody_waits_for_ends_early_and_is_over_when_the_end_is() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let aside = Aside::default();
            assert_eq!(aside.start(|_| 7).await.unwrap(), 7);
            let is_over = Arc::new(AtomicBool::new(false));
            drop(aside.start({
                let is_over = Arc::clone(&is_over);
                move |stop| {
                    while !stop.load(Ordering::Relaxed) {
                        std::thread::yield_now();
                    }
                    is_over.store(true, Ordering::Relaxed);
                }
            }));
            aside.end().await;
            assert!(is_over.load(Ordering::Relaxed));
        });
    }
}
