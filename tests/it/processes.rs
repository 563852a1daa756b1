//! Several azml processes on one state.

use super::common::TestEnv;

#[test]
fn processes_that_write_at_once_lose_nothing() {
    let env = TestEnv::new();
    env.ok(&["batch-endpoint", "create", "-n", "ep1"]);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let env = &env;
            scope.spawn(move || {
                for number in 0..5 {
                    env.ok(&["compute", "create", "-n", &format!("c-{writer}-{number}"), "-t", "amlcompute"]);
                    env.ok(&["batch-endpoint", "list"]);
                }
            });
        }
    });
    assert_eq!(env.json(&["compute", "list"]).as_array().unwrap().len(), 20);
}

#[test]
fn the_first_two_processes_may_meet_in_an_empty_home() {
    for _ in 0..5 {
        let env = TestEnv::new();
        std::thread::scope(|scope| {
            for name in ["one", "two", "three"] {
                let env = &env;
                scope.spawn(move || env.ok(&["batch-endpoint", "create", "-n", name]));
            }
        });
        assert_eq!(env.json(&["batch-endpoint", "list"]).as_array().unwrap().len(), 3);
    }
}

#[test]
fn models_registered_at_once_get_versions_of_their_own() {
    let env = TestEnv::new();
    for writer in 0..4 {
        env.write(&format!("model-{writer}/m.txt"), writer.to_string());
    }
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let env = &env;
            scope.spawn(move || env.ok(&["model", "create", "-n", "m", "-p", &format!("model-{writer}")]));
        }
    });
    assert_eq!(env.json(&["model", "list", "-n", "m"]).as_array().unwrap().len(), 4);
}

#[test]
fn jobs_run_side_by_side() {
    let env = TestEnv::new();
    env.inputs(5);
    env.deploy(
        "import os\ndef run(mini_batch):\n    return [os.path.basename(path) for path in mini_batch]\n",
        "  mini_batch_size: 1",
    );
    let jobs: Vec<String> = (0..3).map(|_| env.invoke(&[])).collect();
    for job in jobs {
        assert_eq!(env.stream(&job).code, 0);
        env.ok(&["job", "download", "-n", &job, "-p", &job]);
        assert_eq!(env.read(&format!("{job}/predictions.csv")).lines().count(), 5);
    }
}
