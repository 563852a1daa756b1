//! Whatever process is killed at whatever moment: jobs go on, what is finished stays finished, and the output has the
//! same bytes. Processes are looked for in `/proc`.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::common::TestEnv;
use super::common::kill::{
    Chance, calls, counting_script, is_stopped, job_dir, kill, kill_supervisor, output, settled, supervisor,
    workers,
};

/// Mini-batches of the job that is killed again and again.
const MINI_BATCHES: u64 = 120;

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many milliseconds from now.
    After(u64),
    /// The environment is being built.
    Building,
    /// The list of input files is being written.
    Listing,
    /// So many mini-batches are settled.
    Settled(u64),
    /// The output is being put together.
    Assembling,
}

impl Moment {
    fn at_random(chance: &mut Chance) -> Self {
        match chance.below(10) {
            0..3 => Self::After(chance.below(350)),
            3 => Self::Building,
            4 => Self::Listing,
            5..8 => Self::Settled(chance.below(MINI_BATCHES)),
            _ => Self::Assembling,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::After(_) => "after a while",
            Self::Building => "building",
            Self::Listing => "listing",
            Self::Settled(_) => "scoring",
            Self::Assembling => "assembling",
        }
    }

    /// Waits for the moment; false if the job ended before it came.
    fn came(self, env: &TestEnv, job: &str) -> bool {
        let (began, folder) = (Instant::now(), job_dir(env, job));
        let mut looks = 0_u32;
        loop {
            let is_now = match self {
                Self::After(milliseconds) => began.elapsed() >= Duration::from_millis(milliseconds),
                Self::Building => is_building(env),
                Self::Listing => folder.join("inputs.bin").exists() && !folder.join("inputs.seal").exists(),
                Self::Settled(count) => settled(env, job).len() as u64 >= count,
                Self::Assembling => folder.join("output.unfinished").exists(),
            };
            if is_now {
                return true;
            }
            looks += 1;
            // Looking through all processes is dear.
            if looks.is_multiple_of(200) && supervisor(job).is_none() {
                return false;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{self:?} never came, and the job goes on");
            std::thread::yield_now();
        }
    }
}

fn is_building(env: &TestEnv) -> bool {
    let entries = fs::read_dir(env.azml_home().join("environments")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.is_dir() && !path.join("complete").exists())
}

/// A job of [`MINI_BATCHES`] whose environment has to be built. Rows are of some size, so that the output takes a moment.
fn deploy(env: &TestEnv) {
    env.inputs(MINI_BATCHES as usize * 2);
    env.write("conda.yml", "dependencies:\n- python\n");
    let script = counting_script(env, "    time.sleep(0.01)\n")
        .replace("open(path).read() for", "open(path).read() * 2000 for");
    env.deploy(
        &script,
        "  mini_batch_size: 2\n  max_concurrency_per_instance: 2\n  error_threshold: 0\n  \
         retry_settings:\n    max_retries: 20",
    );
    let deployment = env.read("deployment.yml");
    env.write(
        "deployment.yml",
        deployment.replace("any/image:1\n", "any/image:1\n  conda_file: conda.yml\n"),
    );
    env.ok(&["batch-deployment", "create", "-f", "deployment.yml", "--set-default"]);
}

/// A command of the program that is left to itself.
fn start(env: &TestEnv, words: &[&str]) -> Child {
    let command = env.command(&[words, &["-w", "local"]].concat());
    let mut started = Command::new(command.get_program());
    started.args(command.get_args()).current_dir(env.work()).env_clear();
    started.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    started.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill_at_once(mut child: Child) {
    let _has_ended = child.kill();
    child.wait().unwrap();
}

/// Goes on with a job that has stopped. Now and then, who does so is killed as well.
fn resume(env: &TestEnv, chance: &mut Chance, job: &str) {
    if chance.below(4) == 0 {
        let resuming = start(env, &["job", "resume", "-n", job]);
        // Not a wait for anything: the moment is what is tested.
        std::thread::sleep(Duration::from_millis(chance.below(60)));
        kill_at_once(resuming);
        if supervisor(job).is_some() || !is_stopped(env, job) {
            return;
        }
    }
    env.ok(&["job", "resume", "-n", job]);
}

#[test]
fn a_job_killed_at_fifty_moments_ends_with_the_same_bytes_and_scores_nothing_twice() {
    const KILLS: u32 = 50;
    let mut chance = Chance::new();
    let seed = chance.seed;
    let env = TestEnv::new();
    deploy(&env);
    let undisturbed = env.invoke(&[]);
    assert_eq!(env.stream(&undisturbed).code, 0);
    let expected = output(&env, &undisturbed);
    assert_eq!(expected.len(), 1);

    let (mut kills, mut kept, mut hit) = (0, 0, BTreeMap::<String, u32>::new());
    while kills < KILLS {
        fs::remove_file(env.work().join("calls")).unwrap();
        fs::remove_dir_all(env.azml_home().join("environments")).unwrap();
        let job = env.invoke(&[]);
        let mut follower = start(&env, &["job", "stream", "-n", &job]);
        // What was settled at some time, and how often `run()` had been called a moment later.
        let (mut known, mut before) = (BTreeSet::new(), 0);
        loop {
            let moment = Moment::at_random(&mut chance);
            let mut has_come = kills < KILLS && moment.came(&env, &job);
            let mut victim = "supervisor";
            if has_come {
                match chance.below(6) {
                    0 => {
                        victim = "stream";
                        kill_at_once(follower);
                        follower = start(&env, &["job", "stream", "-n", &job]);
                    }
                    1 => {
                        victim = "worker";
                        let workers = workers(&env, &job);
                        let one = workers.get(chance.below(workers.len().max(1) as u64) as usize);
                        has_come = one.is_some_and(|id| kill(&id.to_string()));
                    }
                    _ => has_come = kill_supervisor(&job),
                }
            }
            if has_come {
                kills += 1;
                *hit.entry(format!("{victim}, {}", moment.name())).or_default() += 1;
            } else if kills >= KILLS {
                assert_eq!(env.stream(&job).code, 0, "seed {seed}");
            }
            let goes_on = victim != "supervisor" && supervisor(&job).is_some();
            let is_stopped = !goes_on && is_stopped(&env, &job);
            let now = settled(&env, &job);
            let ran: BTreeSet<u64> = calls(&env).split_off(before).into_iter().collect();
            assert!(
                ran.is_disjoint(&known),
                "seed {seed}, {hit:?}: of {known:?}, settled, ran again some of {ran:?}"
            );
            if !goes_on && !is_stopped {
                break;
            }
            kept += now.len();
            (known, before) = (now, calls(&env).len());
            if is_stopped {
                resume(&env, &mut chance, &job);
            }
        }
        kill_at_once(follower);
        assert_eq!(env.status(&job), "Completed", "seed {seed}, {hit:?}");
        assert!(output(&env, &job) == expected, "seed {seed}, {hit:?}: other bytes");
        let all: BTreeSet<u64> = calls(&env).into_iter().collect();
        assert_eq!(all.len() as u64, MINI_BATCHES, "a mini-batch never ran");
    }
    eprintln!("seed {seed}: {hit:?}");
    assert!(kept > 100, "the kills came too early to find anything settled: {kept}");
    for phase in ["building", "scoring", "assembling"] {
        assert!(hit.keys().any(|hit| hit.ends_with(phase)), "nothing was killed while {phase}: {hit:?}");
    }
}

#[test]
fn an_invoke_killed_at_any_moment_leaves_no_job_or_one_that_ends_well_and_the_next_invoke_works() {
    const KILLS: u64 = 12;
    let mut chance = Chance::new();
    let seed = chance.seed;
    let env = TestEnv::new();
    env.inputs(40);
    env.deploy(&counting_script(&env, ""), "  mini_batch_size: 10");
    let began = Instant::now();
    let mut jobs = BTreeSet::from([env.invoke(&[])]);
    let undisturbed = began.elapsed().as_micros() as u64;
    let mut left = 0;
    for round in 0..KILLS {
        // Other content, so that there is something to upload.
        for number in 0..40 {
            env.write(&format!("data/{number:03}.txt"), format!("{number} of round {round}"));
        }
        let rows: String =
            (0..40).map(|number| format!("{number:03}.txt {number} of round {round}\n")).collect();
        let began = Instant::now();
        let invoking = start(&env, &["batch-endpoint", "invoke", "-n", "ep1", "--input", "data"]);
        let moment = Duration::from_micros(chance.below(undisturbed));
        // Not a wait for anything: the moment is what is tested.
        std::thread::sleep(moment.saturating_sub(began.elapsed()));
        kill_at_once(invoking);
        let names = env.json(&["job", "list", "--query", "[].name"]);
        let names: BTreeSet<String> = serde_json::from_value(names).unwrap();
        let new: Vec<String> = names.difference(&jobs).cloned().collect();
        assert!(new.len() <= 1, "seed {seed}, round {round}: {new:?}");
        for job in new {
            left += 1;
            if env.stream(&job).code != 0 {
                env.ok(&["job", "resume", "-n", &job]);
                assert_eq!(env.stream(&job).code, 0, "seed {seed}, round {round}");
            }
            assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), rows.clone())]);
            jobs.insert(job);
        }
        let job = env.invoke(&[]);
        assert_eq!(env.stream(&job).code, 0, "seed {seed}, round {round}");
        assert_eq!(output(&env, &job), [("predictions.csv".to_owned(), rows)]);
        jobs.insert(job);
    }
    eprintln!("seed {seed}: {left} of {KILLS} had made a job");
}
