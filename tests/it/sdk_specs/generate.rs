//! Spec files by the hundred, the same ones in every run: each field of a kind present or absent, in one of the spellings
//! people use and, now and then, in one that has to be refused. Also the small files the specs refer to.

use std::fs;
use std::path::Path;

use super::fields::{COMPUTE, DATA, DEPLOYMENT_FLAT, DEPLOYMENT_MODEL, ENDPOINT, ENVIRONMENT, Field, MODEL};

/// One file in this many has an unknown field, and one value in this many may be refused.
const WRONG_IN: u64 = 80;

/// What is generated: kind, its fields, how many files in a hundred.
const SHARES: [(&str, &[Field], usize); 7] = [
    ("batch-endpoint", ENDPOINT, 10),
    ("batch-deployment", DEPLOYMENT_MODEL, 26),
    ("batch-deployment", DEPLOYMENT_FLAT, 16),
    ("compute", COMPUTE, 14),
    ("model", MODEL, 12),
    ("environment", ENVIRONMENT, 12),
    ("data", DATA, 10),
];

/// Kind and text of about `count` specs.
pub(super) fn specs(seed: u64, count: usize) -> Vec<(&'static str, String)> {
    let mut dice = Dice(seed);
    let mut specs = Vec::new();
    for (kind, fields, share) in SHARES {
        for _ in 0..(count * share).div_ceil(100) {
            specs.push((kind, dice.spec(fields)));
        }
    }
    specs
}

/// Writes what a spec may refer to, not the same in every folder, since contents become hashes in requests.
pub(super) fn surroundings(seed: u64, folder: &Path) {
    const CONDA: [&str; 4] = [
        "name: env\nchannels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - numpy==1.26.0\n",
        "# Written by hand\nchannels: [defaults]\ndependencies: ['python=3.9', {pip: [pandas>=2]}]\nname: \"é\"\n",
        "dependencies:\n  - python=3.8\n  - pip\nvariables:\n  RATIO: 1.50\n  ON: yes\n  SINCE: 2024-01-31\n  NONE:\n",
        "base: &base [pip, wheel]\ndependencies: *base\nprefix: >-\n  a long\n  line\nzip: 012\nbig: 1.0e+16\n",
    ];
    let mut dice = Dice(seed);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("code/score.py", "def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n");
    write("code/nested/score.py", "def init(): ...\ndef run(mini_batch): return []\n");
    write("code/broken.py", "def init(:\n");
    write("conda.yml", dice.pick(&CONDA));
    write("model/weights.bin", dice.pick(&["0", "1", ""]));
    write("model/MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n");
    write("data/one.csv", "a,b\n1,2\n");
    write("data/Two.csv", dice.pick(&["", "c\n"]));
    write("table/MLTable", "type: mltable\npaths:\n  - file: ./one.csv\n");
    write("table/one.csv", "a\n1\n");
    write("docker/Dockerfile", "FROM scratch\n");
    write("docker/requirements.txt", dice.pick(&["numpy\n", "pandas\n"]));
    if dice.one_in(3) {
        write("code/.amlignore", "*.log\n/nested\n");
        write("code/run.log", "not uploaded\n");
    }
    if dice.one_in(3) {
        write("code/ünï code.txt", "a name with a blank\n");
        write("model/Sub Folder/B", "b");
        write("model/Sub Folder/a", "a");
    }
}

/// A small deterministic generator (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.roll().is_multiple_of(many)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.roll() % u64::try_from(from.len()).unwrap();
        from[usize::try_from(index).unwrap()]
    }

    fn spec(&mut self, fields: &[Field]) -> String {
        let mut text = self.block(fields, 0);
        if self.one_in(WRONG_IN) {
            text.push_str(self.pick(&["surplus: 1\n", "Name: x\n", "instance_count: 2\n"]));
        }
        text
    }

    /// A mapping with some of the fields, each line `depth` blanks deep.
    fn block(&mut self, fields: &[Field], depth: usize) -> String {
        let mut text = String::new();
        for field in fields {
            if self.roll() % 100 < field.percent {
                let value = self.value(field, depth);
                text.push_str(&format!("{:depth$}{}:{value}\n", "", field.name));
            }
        }
        text
    }

    /// What follows the colon: on the same line, or on deeper ones.
    fn value(&mut self, field: &Field, depth: usize) -> String {
        if !field.wrong.is_empty() && self.one_in(WRONG_IN) {
            return deeper(self.spelling(field.wrong), depth);
        }
        if !field.below.is_empty() && (field.spellings.is_empty() || self.one_in(2)) {
            let block = self.block(field.below, depth + 2);
            return if block.is_empty() { " {}".to_owned() } else { format!("\n{}", block.trim_end()) };
        }
        deeper(self.spelling(field.spellings), depth)
    }

    fn spelling(&mut self, lists: &[&[&'static str]]) -> &'static str {
        let list = self.pick(lists);
        self.pick(list)
    }
}

/// A spelling's further lines belong below the field.
fn deeper(spelling: &str, depth: usize) -> String {
    let indent = format!("\n{:width$}", "", width = depth + 2);
    let blank = if spelling.starts_with('\n') { "" } else { " " };
    format!("{blank}{}", spelling.replace('\n', &indent))
}
