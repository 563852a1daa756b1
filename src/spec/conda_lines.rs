//! Finding where the entries of a conda file were written.

use std::path::Path;
use std::rc::Rc;

use crate::wire::conda_line::CondaLine;
use crate::yaml::load::{Node, Yaml};

/// The entries of the conda file `conda`, read from `file`. What has no place is left out.
pub(super) fn of(file: &Path, conda: &Node) -> Vec<CondaLine> {
    let Ok(file) = std::path::absolute(file) else {
        return Vec::new();
    };
    let entries = items(conda.get("dependencies")).iter().chain(pips(conda));
    entries.filter_map(|entry| line(&file, entry)).collect()
}

/// The entries that are meant for pip.
pub(super) fn pips(conda: &Node) -> impl Iterator<Item = &Rc<Node>> {
    items(conda.get("dependencies")).iter().flat_map(|dependency| items(dependency.get("pip")))
}

fn items(list: Option<&Rc<Node>>) -> &[Rc<Node>] {
    match list.map(|list| &list.value) {
        Some(Yaml::Seq(items)) => items,
        _ => &[],
    }
}

fn line(file: &Path, entry: &Node) -> Option<CondaLine> {
    let text = entry.as_str()?.to_owned();
    let (file, span) = (file.to_owned(), entry.span);
    span.is_known().then_some(CondaLine { text, file, line: span.line, column: span.column })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::yaml::load;

    #[test]
    fn entries_of_both_lists_have_their_places() {
        let conda =
            load::load("name: x\ndependencies:\n  - python=3.11 # why\n  - pip:\n    - 'a==1'\n").unwrap();
        let lines = of(Path::new("/f/conda.yml"), &conda.unwrap());
        let found: Vec<(&str, usize, usize)> =
            lines.iter().map(|found| (found.text.as_str(), found.line, found.column)).collect();
        assert_eq!(found, [("python=3.11", 3, 5), ("a==1", 5, 7)]);
        assert_eq!(lines[0].file, Path::new("/f/conda.yml"));
        for odd in ["dependencies: 3", "dependencies: [pip: 3]", "[]"] {
            assert!(of(Path::new("/f"), &load::load(odd).unwrap().unwrap()).is_empty(), "{odd}");
        }
    }
}
