//! `completions/` holds what `azml completion` prints.

use super::common::{TestEnv, assert_snapshot};

#[test]
fn the_scripts_are_those_the_program_prints() {
    let env = TestEnv::new();
    for (shell, file) in [
        ("bash", "azml.bash"),
        ("zsh", "_azml"),
        ("fish", "azml.fish"),
        ("powershell", "_azml.ps1"),
        ("elvish", "azml.elv"),
    ] {
        let ran = env.run(&["completion", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("batch-endpoint"));
        assert_snapshot(&format!("completions/{file}"), &ran.stdout);
    }
}

#[test]
fn a_shell_nobody_knows_is_a_usage_error() {
    let ran = TestEnv::new().run(&["completion", "tcsh"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("bash"), "{}", ran.stderr);
}
