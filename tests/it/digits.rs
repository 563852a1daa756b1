//! The demo itself: real images, a real model, a real Python environment.

use std::path::Path;

use super::common::python::for_pip;
use super::common::{TestEnv, skip};

/// Whether packages can be had; building the environment needs a registry the first time.
pub(crate) fn registry_is_reachable() -> bool {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("registry-probe");
    std::process::Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"])
        .arg(target)
        .arg("pillow")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
fn the_demo_scores_every_image_and_can_be_repeated() {
    if !registry_is_reachable() {
        return skip("no package registry: the digits environment cannot be built");
    }
    // The environment is dear, so this home stays between runs of the tests.
    let env = TestEnv::new().with_azml_home(Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits-home"));
    for _ in 0..2 {
        let output = env
            .command(&["local", "demo", "--dir", "my demo"])
            .envs(for_pip())
            .timeout(std::time::Duration::from_secs(600))
            .output()
            .unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
        assert!(
            stdout.contains(
                "$ azml batch-deployment create -f 'my demo/deployment.yml' --set-default -w local"
            ),
            "{stdout}"
        );
        let accuracy = stdout.split("accuracy ").nth(1).and_then(|rest| rest.split_once(".\n")).unwrap().0;
        assert!(accuracy.parse::<f64>().unwrap() >= 0.95, "{accuracy}");
        assert_eq!(env.read("my demo/results/predictions.csv").lines().count(), 360);
    }
}
