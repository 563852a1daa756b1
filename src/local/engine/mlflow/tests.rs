//! Models as mlflow writes them, and broken ones.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;

const DESCRIBED: &str = "flavors: {python_function: {loader_module: mlflow.sklearn, env: {conda: conda.yaml, \
                         virtualenv: python_env.yaml}}}\nmlflow_version: 2.17.2\n";

struct Model(tempfile::TempDir);

impl Model {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn environment(&self) -> Result<Option<ModelEnvironment>, MlflowError> {
        MlflowModel::read(Some(self.0.path()))?.environment()
    }

    /// Everything the environment asks for, with the model's folder left out.
    fn listed(&self) -> Vec<String> {
        let text = self.environment().unwrap().unwrap().plan.conda_file.unwrap();
        let folder = format!("{}/", file_url(self.0.path()));
        let entries = CondaFile::parse(&text).unwrap().entries();
        entries.into_iter().map(|entry| entry.text.replace(&folder, "MODEL/")).collect()
    }

    fn refusal(&self) -> String {
        self.environment().unwrap_err().to_string()
    }
}

#[test]
fn the_conda_file_is_what_the_model_asks_for_and_the_driver_adds_what_reads_files() {
    let conda = "channels: [conda-forge]\ndependencies:\n- python=3.11.7\n- pip<=23.2.1\n- Pillow=10\n- pip:\n  \
                 - scikit_learn==1.5\n  - -c constraints.txt\n  - -r more.txt\n  - wheels/own-1.0-py3-none-any.whl\n";
    let model = Model::new(&[
        ("MLmodel", DESCRIBED),
        ("conda.yaml", conda),
        ("python_env.yaml", "not read"),
        ("more.txt", "# a comment\n\npandas<3\n"),
        ("wheels/own-1.0-py3-none-any.whl", ""),
    ]);
    let expected = [
        "python=3.11.7",
        "pip<=23.2.1",
        "Pillow=10",
        "scikit_learn==1.5",
        "-c MODEL/constraints.txt",
        "pandas<3",
        "MODEL/wheels/own-1.0-py3-none-any.whl",
        "mlflow-skinny==2.17.2",
        "pyarrow",
    ];
    assert_eq!(model.listed(), expected);
    let environment = model.environment().unwrap().unwrap();
    assert_eq!(environment.added, ["mlflow-skinny==2.17.2", "pyarrow"]);
    assert_eq!(environment.plan.version, "conda.yaml");
}

#[test]
fn lines_of_requirements_are_understood_as_pip_does() {
    let requirements = "mlflow  # what it was saved with\n-r more.txt # why\n-c limits.txt\t# why\n\
                        -r https://h/r.txt\n--constraint=https://h/c.txt\nwheels/own.whl # mine\n\
                        tool @ git+https://h/x.git#egg=tool\n  # nothing\n";
    let model = Model::new(&[
        ("MLmodel", "flavors: {python_function: }"),
        ("requirements.txt", requirements),
        ("more.txt", "pandas\npyarrow\npillow"),
    ]);
    let expected = [
        "pip",
        "mlflow",
        "pandas",
        "pyarrow",
        "pillow",
        "-c MODEL/limits.txt",
        "-r https://h/r.txt",
        "--constraint=https://h/c.txt",
        "MODEL/wheels/own.whl",
        "tool @ git+https://h/x.git#egg=tool",
    ];
    assert_eq!(model.listed(), expected);
}

/// Conda heeds the last list for pip only.
#[test]
fn what_is_added_joins_the_list_that_pip_has() {
    for (conda, expected) in [
        (
            "dependencies: [python=3.11, pip: [torch], scipy]",
            "[python=3.11, pip: [torch, mlflow-skinny==2.17.2, pandas, pyarrow, pillow], scipy]",
        ),
        (
            "dependencies: [pip: [torch], pip: [mlflow, pandas]]",
            "[pip: [torch], pip: [mlflow, pandas, pyarrow, pillow]]",
        ),
        (
            "dependencies: [pip: [\"torch # why\\nmlflow\", pandas, pyarrow, pillow]]",
            "[pip: [torch, mlflow, pandas, pyarrow, pillow]]",
        ),
        ("dependencies: [pip: , mlflow, pandas]", "[pip: [pyarrow, pillow], mlflow, pandas]"),
        ("dependencies: [mlflow, pandas]", "[mlflow, pandas, pip: [pyarrow, pillow]]"),
        ("name: e", "[pip: [mlflow-skinny==2.17.2, pandas, pyarrow, pillow]]"),
        ("dependencies: 3", "3"),
    ] {
        let model = Model::new(&[("MLmodel", DESCRIBED), ("conda.yaml", conda)]);
        let text = model.environment().unwrap().unwrap().plan.conda_file.unwrap();
        let content: Mapping = serde_yaml::from_str(&text).unwrap();
        let expected: Value = serde_yaml::from_str(expected).unwrap();
        assert_eq!(content["dependencies"], expected, "{conda}");
    }
}

#[test]
fn without_a_conda_file_the_other_files_do() {
    let python_env = "python: 3.9.1\nbuild_dependencies: [pip==23]\ndependencies: [-r requirements.txt]\n";
    let described = "flavors: {python_function: {loader_module: x}}\nmlflow_version: 2.1.0.dev0\n";
    let readers = ["pandas", "pyarrow", "pillow"];
    let files =
        [("MLmodel", described), ("requirements.txt", "mlflow==2.1\n"), ("python_env.yaml", python_env)];
    let listed = Model::new(&files).listed();
    assert_eq!(listed, [&["python=3.9.1", "pip", "mlflow==2.1"], &readers[..]].concat());
    assert_eq!(Model::new(&files[..2]).listed(), [&["pip", "mlflow==2.1"], &readers[..]].concat());
    assert_eq!(Model::new(&files[..1]).environment().unwrap(), None);
    let older = "flavors: {python_function: {env: env.yaml}}\nmlflow_version: 1.0.0.dev0\n";
    let listed =
        Model::new(&[("MLmodel", older), ("env.yaml", "dependencies: [conda-forge::pandas]")]).listed();
    assert_eq!(listed, ["conda-forge::pandas", "mlflow-skinny", "pyarrow", "pillow"]);
}

#[test]
fn a_broken_model_is_told_with_its_file() {
    for (files, words) in [
        (&[("weights", "")][..], ["no file `MLmodel`", ""]),
        (&[("MLmodel", "flavors: [")], ["MLmodel` is not what mlflow writes", ""]),
        (&[("MLmodel", "flavors: {r: {}, h2o: {}}")], ["no flavor `python_function`", "h2o, r"]),
        (&[("MLmodel", DESCRIBED)], ["cannot read `", "/conda.yaml`"]),
        (&[("MLmodel", DESCRIBED), ("conda.yaml", "- a")], ["conda.yaml` is not what", ""]),
        (
            &[("MLmodel", "flavors: {python_function: {env: ../conda.yaml}}")],
            ["MLmodel` names `../conda.yaml`", "not inside"],
        ),
        (
            &[("MLmodel", "flavors: {python_function: }"), ("requirements.txt", "-r /etc/passwd")],
            ["requirements.txt` names `/etc/passwd`", "not inside"],
        ),
        (
            &[
                ("MLmodel", "flavors: {python_function: }"),
                ("requirements.txt", "-c file:///etc/passwd # why"),
            ],
            ["requirements.txt` names `/etc/passwd`", "not inside"],
        ),
        (
            &[
                ("MLmodel", "flavors: {python_function: }"),
                ("requirements.txt", "--requirement=requirements.txt"),
            ],
            ["name each other", "requirements.txt"],
        ),
    ] {
        let refusal = Model::new(files).refusal();
        assert!(words.iter().all(|word| refusal.contains(word)), "{refusal}");
    }
}
