//! The layers: which module may name which, as the table in `ARCHITECTURE.md` says.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates that one module alone may name.
const OWNED_CRATES: &[(&str, &[&str])] = &[
    ("axum", &["local/server"]),
    ("axum_server", &["local/serve"]),
    ("rcgen", &["local/serve"]),
    ("rusqlite", &["local/store"]),
    ("reqwest", &["net"]),
    ("rustls", &["net", "auth/certificate", "local/serve"]),
    ("azure_identity", &["auth"]),
    ("azure_core", &["auth"]),
    ("indicatif", &["ui"]),
    ("annotate_snippets", &["ui"]),
    ("clap", &["cli", "commands", "lib", "supervisor"]),
    ("granit_parser", &["yaml"]),
];

/// A row of the table of layers: a module, and what of ours its files may name.
struct Layer {
    module: String,
    uses: Vec<String>,
}

/// The rows of the table of layers, one for each module that a row is about.
fn layers() -> Vec<Layer> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("\n## Layers\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let layers: Vec<Layer> = rows
        .flat_map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            assert_eq!(cells.len(), 4, "{row}");
            let uses = modules(cells[2]);
            modules(cells[0]).into_iter().map(move |module| Layer { module, uses: uses.clone() })
        })
        .collect();
    assert!(layers.len() > 15, "the table of layers was not found");
    layers
}

/// The modules a cell names: `` `a/`, `b.rs`, `c/<x>/<y>.rs` `` as `a`, `b`, `c`.
fn modules(cell: &str) -> Vec<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted
        .map(|name| name.split("/<").next().unwrap().trim_end_matches(".rs").trim_end_matches('/').to_owned())
        .collect()
}

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

/// The layer a module is in: that with the longest name of all it is within.
fn layer_of<'a>(layers: &'a [Layer], module: &str) -> Option<&'a Layer> {
    layers.iter().filter(|layer| is_within(module, &layer.module)).max_by_key(|layer| layer.module.len())
}

#[test]
fn modules_name_only_the_layers_that_their_row_names() {
    let layers = layers();
    let mut wrong = Vec::new();
    for (module, text) in sources() {
        let Some(layer) = layer_of(&layers, &module) else {
            assert!(matches!(module.as_str(), "lib" | "main"), "`{module}` is in no layer");
            continue;
        };
        for path in named(&text) {
            let fine =
                is_within(&path, &layer.module) || layer.uses.iter().any(|other| is_within(&path, other));
            if !fine {
                wrong.push(format!("{module} names {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_layers_that_exist_and_no_circle_of_them() {
    let layers = layers();
    for layer in &layers {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&layer.module);
        assert!(path.is_dir() || path.with_extension("rs").is_file(), "there is no `{}`", layer.module);
        for used in &layer.uses {
            let other = layer_of(&layers, used).unwrap_or_else(|| panic!("`{used}` has no row"));
            assert!(
                !other.uses.iter().any(|back| is_within(&layer.module, back)),
                "`{}` and `{used}` use each other",
                layer.module
            );
        }
    }
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
