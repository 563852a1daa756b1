//! Every file in `specs/` is a spec that loads.

use std::fs;
use std::path::{Path, PathBuf};

use azml::spec::{SpecDocument, validate};

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_spec_loads_without_a_word() {
    let mut files = Vec::new();
    yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("specs"), &mut files);
    let mut checked = 0;
    for file in files.iter().filter(|file| !file.ends_with("conda.yml")) {
        let document = SpecDocument::load(file).unwrap();
        let found = validate(&[document]).swap_remove(0);
        assert!(found.kind.is_some(), "{} is of no known kind", file.display());
        assert_eq!(found.problems, [], "{}", file.display());
        checked += 1;
    }
    assert!(checked >= 3, "the specs were not found");
}
