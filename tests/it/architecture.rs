//! The layers: which module may name which. The table in `ARCHITECTURE.md` says the same in words.

use std::fs;
use std::path::{Path, PathBuf};

/// Module, and what of ours its files may name. The longest matching prefix counts.
const ALLOWED: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("yaml", &[]),
    ("jmespath", &[]),
    ("clock", &[]),
    ("env_vars", &[]),
    ("ui", &["jmespath", "yaml"]),
    ("spec", &["wire", "yaml"]),
    ("arm", &["wire"]),
    ("assets", &["arm", "wire"]),
    ("settings", &["env_vars", "wire"]),
    ("cli", &["settings", "spec", "ui", "wire"]),
    ("local/engine", &["wire", "clock"]),
    ("local/store", &["wire", "clock", "local/engine", "local/home"]),
    ("local/blobs", &["clock"]),
    ("local/home", &[]),
    ("local/server", &["wire", "clock", "local/engine", "local/store", "local/blobs", "local/home"]),
    ("local", &["local", "wire", "clock"]),
    ("net", &["arm", "local/engine"]),
    ("supervisor", &["local", "net", "settings"]),
    ("error", &["arm", "cli", "settings", "spec", "ui"]),
    ("context", &["arm", "cli", "local", "net", "settings", "supervisor", "ui", "wire"]),
    (
        "commands",
        &[
            "arm",
            "assets",
            "cli",
            "clock",
            "context",
            "error",
            "jmespath",
            "local",
            "settings",
            "spec",
            "supervisor",
            "ui",
            "wire",
            "yaml",
            "commands",
        ],
    ),
];

/// Crates that one module alone may name.
const OWNED_CRATES: &[(&str, &[&str])] = &[
    ("axum", &["local/server"]),
    ("rusqlite", &["local/store"]),
    ("reqwest", &["net"]),
    ("rustls", &["net"]),
    ("indicatif", &["ui"]),
    ("annotate_snippets", &["ui"]),
    ("clap", &["cli", "commands", "lib", "supervisor"]),
    ("granit_parser", &["yaml"]),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                let module = module.to_str().unwrap().trim_end_matches("/mod").to_owned();
                if module.split('/').any(|part| part == "tests") {
                    // Files of tests only may reach further than what they test.
                    continue;
                }
                found.push((module, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn is_within(module: &str, layer: &str) -> bool {
    module == layer || module.strip_prefix(layer).is_some_and(|rest| rest.starts_with('/'))
}

/// Paths of ours that a source names: `crate::a::b` as `a/b`.
fn named(text: &str) -> Vec<String> {
    text.match_indices("crate::")
        // `pub(in crate::x)` says who may see, not what is used.
        .filter(|(at, _)| !text[..*at].ends_with("pub(in "))
        .map(|(at, found)| {
            let rest = &text[at + found.len()..];
            let path: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == ':').collect();
            path.trim_end_matches(':').replace("::", "/")
        })
        .filter(|path| path.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect()
}

#[test]
fn modules_name_only_the_layers_below_them() {
    let mut wrong = Vec::new();
    for (module, text) in sources() {
        let Some((layer, allowed)) = ALLOWED
            .iter()
            .filter(|(layer, _)| is_within(&module, layer))
            .max_by_key(|(layer, _)| layer.len())
        else {
            assert!(matches!(module.as_str(), "lib" | "main"), "`{module}` is in no layer");
            continue;
        };
        for path in named(&text) {
            let fine = is_within(&path, layer) || allowed.iter().any(|other| is_within(&path, other));
            if !fine {
                wrong.push(format!("{module} names {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_with_an_owner_is_named_by_its_owner_alone() {
    for (module, text) in sources() {
        for (name, owners) in OWNED_CRATES {
            let names = text.lines().any(|line| {
                let code = line.trim_start();
                !code.starts_with("//") && code.contains(&format!("{name}::"))
            });
            assert!(
                !names || owners.iter().any(|owner| is_within(&module, owner)),
                "`{module}` names `{name}`, which belongs to {owners:?}"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (module, text) in sources() {
        assert!(text.starts_with("//! "), "`{module}` does not begin with a `//!` line");
    }
}
