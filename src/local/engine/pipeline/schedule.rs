//! Which step runs when: decides, and does nothing. The order is the plan's, as far as there is room.

use super::plan::PipelinePlan;
use crate::wire::job::JobStatus;

/// Where one step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepState {
    Waiting,
    Running,
    /// How it ended.
    Ended(JobStatus),
}

/// The steps of a pipeline and how far each is.
#[derive(Debug)]
pub(super) struct Schedule {
    steps: Vec<Entry>,
    continue_on_failure: bool,
    /// Room that is free, in worker processes.
    free: usize,
    is_stopped: bool,
}

#[derive(Debug)]
struct Entry {
    needs: Vec<usize>,
    /// Worker processes it takes while it runs.
    takes: usize,
    state: StepState,
}

impl Schedule {
    /// A schedule in which `takes` says how much of `room` each step needs; steps that `is_done` do not run again.
    pub(super) fn new(
        plan: &PipelinePlan,
        room: usize,
        takes: impl Fn(usize) -> usize,
        is_done: impl Fn(usize) -> bool,
    ) -> Self {
        let entry = |(at, needs): (usize, &Vec<usize>)| Entry {
            needs: needs.clone(),
            takes: takes(at).clamp(1, room),
            state: if is_done(at) { StepState::Ended(JobStatus::Completed) } else { StepState::Waiting },
        };
        let steps = plan.steps.iter().map(|step| &step.needs).enumerate().map(entry).collect();
        Self { steps, continue_on_failure: plan.continue_on_step_failure, free: room, is_stopped: false }
    }

    /// The steps that start now. The first one that finds no room keeps it from those behind it.
    pub(super) fn start(&mut self) -> Vec<usize> {
        let mut started = Vec::new();
        for at in 0..self.steps.len() {
            if self.is_stopped || !self.is_ready(at) {
                continue;
            }
            let takes = self.steps[at].takes;
            if takes > self.free {
                break;
            }
            self.free -= takes;
            self.steps[at].state = StepState::Running;
            started.push(at);
        }
        started
    }

    fn is_ready(&self, at: usize) -> bool {
        let is_completed = |step: &usize| self.state(*step) == StepState::Ended(JobStatus::Completed);
        self.state(at) == StepState::Waiting && self.steps[at].needs.iter().all(is_completed)
    }

    /// A step has ended. True: the steps that still run are to be stopped.
    pub(super) fn ended(&mut self, at: usize, status: JobStatus) -> bool {
        self.free += self.steps[at].takes;
        self.steps[at].state = StepState::Ended(status);
        let stops = status != JobStatus::Completed && !self.continue_on_failure;
        self.is_stopped |= stops;
        stops
    }

    /// No step starts any more.
    pub(super) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// Where a step is.
    pub(super) fn state(&self, at: usize) -> StepState {
        self.steps[at].state
    }

    /// Whether every step is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.state == StepState::Ended(JobStatus::Completed))
    }

    /// Whether nothing runs.
    pub(super) fn is_idle(&self) -> bool {
        self.steps.iter().all(|step| step.state != StepState::Running)
    }

    /// For each step that still waits, the one that ended badly and keeps it from running.
    pub(super) fn obstacles(&self) -> Vec<Option<usize>> {
        let mut obstacles: Vec<Option<usize>> = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            let obstacle = step.needs.iter().find_map(|need| match self.state(*need) {
                StepState::Ended(JobStatus::Completed) | StepState::Running => None,
                StepState::Ended(_) => Some(*need),
                // What a step needs comes before it.
                StepState::Waiting => obstacles[*need],
            });
            obstacles.push(obstacle.filter(|_| self.state(at) == StepState::Waiting));
        }
        obstacles
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan_of;
    use super::*;

    const DONE: JobStatus = JobStatus::Completed;

    fn schedule(needs: &[&[usize]], room: usize, keep_going: bool) -> Schedule {
        let mut plan = plan_of(needs);
        plan.continue_on_step_failure = keep_going;
        Schedule::new(&plan, room, |_| 1, |_| false)
    }

    #[test]
    fn a_step_starts_when_all_that_it_needs_is_complete_and_branches_run_at_once() {
        let mut diamond = schedule(&[&[], &[0], &[0], &[1, 2]], 4, false);
        assert_eq!(diamond.start(), [0]);
        assert_eq!(diamond.start(), [0; 0]);
        assert!(!diamond.ended(0, DONE));
        assert_eq!(diamond.start(), [1, 2]);
        diamond.ended(2, DONE);
        assert_eq!(diamond.start(), [0; 0]);
        diamond.ended(1, DONE);
        assert_eq!(diamond.start(), [3]);
        assert!(!diamond.is_idle());
        diamond.ended(3, DONE);
        assert!(diamond.is_idle());
    }

    #[test]
    fn no_more_runs_than_there_is_room_for_and_large_steps_are_not_passed_by() {
        let plan = plan_of(&[&[], &[], &[]]);
        let mut schedule = Schedule::new(&plan, 2, |at| if at == 1 { 9 } else { 1 }, |_| false);
        assert_eq!(schedule.start(), [0], "the second takes all the room, and is not passed by the third");
        schedule.ended(0, DONE);
        assert_eq!(schedule.start(), [1]);
        schedule.ended(1, DONE);
        assert_eq!(schedule.start(), [2]);
    }

    #[test]
    fn a_failure_stops_all_or_only_what_needs_it() {
        let mut strict = schedule(&[&[], &[], &[]], 2, false);
        strict.start();
        assert!(strict.ended(0, JobStatus::Failed), "the other one is to be stopped");
        assert_eq!(strict.start(), [0; 0]);

        let mut lenient = schedule(&[&[], &[0], &[1], &[]], 1, true);
        assert_eq!(lenient.start(), [0]);
        assert!(!lenient.ended(0, JobStatus::Failed));
        assert_eq!(lenient.start(), [3]);
        lenient.ended(3, DONE);
        assert_eq!(lenient.start(), [0; 0]);
        assert_eq!(lenient.state(2), StepState::Waiting);
        assert_eq!(lenient.obstacles(), [None, Some(0), Some(0), None]);
    }

    #[test]
    fn what_was_complete_before_does_not_run_again() {
        let plan = plan_of(&[&[], &[0]]);
        let mut schedule = Schedule::new(&plan, 2, |_| 1, |at| at == 0);
        assert_eq!(schedule.start(), [1]);
    }

    #[test]
    fn nothing_starts_after_a_stop() {
        let mut stopped = schedule(&[&[], &[]], 1, true);
        stopped.start();
        stopped.stop();
        stopped.ended(0, JobStatus::Canceled);
        assert_eq!(stopped.start(), [0; 0]);
    }
}
