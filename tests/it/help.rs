//! The whole `--help` tree, word for word, so that no option changes unnoticed.

use std::fmt::Write as _;

use super::common::{TestEnv, assert_snapshot};

/// The command words of the tree below `words`, read from its own help.
fn commands(env: &TestEnv, words: &[String], text: &mut String) {
    let args: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    let ran = env.run(&args);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "azml {}", args.join(" "));
    let _ = writeln!(text, "$ azml {}\n{}", args.join(" "), ran.stdout);
    let listed =
        ran.stdout.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let word = line.split_whitespace().next().unwrap().to_owned();
        commands(env, &[words, &[word]].concat(), text);
    }
}

#[test]
fn the_help_tree_is_as_recorded() {
    let mut text = String::new();
    commands(&TestEnv::new(), &[], &mut text);
    assert!(text.contains("$ azml batch-endpoint invoke --help"), "the tree was not walked");
    assert_snapshot("tests/snapshots/help.txt", &text);
}

#[test]
fn version_and_help_touch_nothing() {
    let env = TestEnv::new();
    for words in [&["--version"][..], &["--help"], &["job", "show", "--help"]] {
        assert_eq!(env.run(words).code, 0);
    }
    assert!(!env.azml_home().exists(), "help made the state folder");
}
