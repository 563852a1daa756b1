//! Fields of `batch-endpoint invoke`: the file that names inputs and outputs, and what `--set` can change for a job.

use crate::spec::schema::{Field, Schema, Shape};

/// `azml batch-endpoint invoke --file`
pub static INVOKE: Schema = Schema {
    title: "invocation",
    fields: &[
        Field::new("endpoint_name", Shape::Text, "Endpoint to invoke.").option("--name"),
        Field::new("endpoint", Shape::Text, "The same as `endpoint_name`."),
        Field::new("deployment_name", Shape::Text, "Deployment to run instead of the default one.")
            .option("--deployment-name"),
        Field::new("deployment", Shape::Text, "The same as `deployment_name`."),
        Field::new("job_name", Shape::Text, "Name of the job.").option("--job-name"),
        Field::new("experiment_name", Shape::Text, "Experiment of a pipeline deployment's job.")
            .option("--experiment-name"),
        Field::new("inputs", Shape::Mapping, "Inputs by name, each with `path` and `type`."),
        Field::new("outputs", Shape::Mapping, "Outputs by name, each with `path` and `type`."),
    ],
    renamed: &[],
};

/// `azml batch-endpoint invoke --set`
pub static JOB: Schema = Schema {
    title: "batch job",
    fields: &[
        Field::new("mini_batch_size", Shape::Integer { min: 1 }, "Files handed to one call of `run()`.")
            .option("--mini-batch-size"),
        Field::new("instance_count", Shape::Integer { min: 1 }, "The same as `compute.instance_count`.")
            .option("--instance-count"),
        Field::new("compute", Shape::Object(&COMPUTE), "Where the job runs, and on how many nodes."),
        Field::new("retry_settings", Shape::Object(&RETRY), "What happens when a mini-batch fails."),
        Field::new("error_threshold", Shape::Integer { min: -1 }, "How many failed files end the job."),
        Field::new("output_file_name", Shape::FileName, "File that results are written to."),
        Field::new("output_dataset", Shape::Object(&OUTPUT_DATASET), "Folder that the output file goes to.")
            .option("--output-path"),
        Field::new("job_name", Shape::Text, "Name of the job.").option("--job-name"),
        Field::new("experiment_name", Shape::Text, "Experiment of a pipeline deployment's job.")
            .option("--experiment-name"),
        Field::new("inputs", Shape::Mapping, "Inputs by name.").option("--inputs"),
        Field::new("outputs", Shape::Mapping, "Outputs by name.").option("--outputs"),
        Field::new("properties", Shape::Mapping, "Free properties of the job."),
    ],
    renamed: &[
        ("logging_level", "the logging level is the deployment's, a job cannot change it"),
        ("output_action", "the output action is the deployment's, a job cannot change it"),
        ("environment_variables", "environment variables are the deployment's, a job cannot change them"),
        ("max_concurrency_per_instance", "the number of workers is the deployment's, a job cannot change it"),
    ],
};

static COMPUTE: Schema = Schema {
    title: "`compute`",
    fields: &[
        Field::new("instance_count", Shape::Integer { min: 1 }, "Nodes of this job."),
        Field::new("target", Shape::Text, "Another compute."),
        Field::new("instance_type", Shape::Text, "VM size, where the compute leaves a choice."),
    ],
    renamed: &[],
};

static RETRY: Schema = Schema {
    title: "`retry_settings`",
    fields: &[
        Field::new("max_retries", Shape::Integer { min: 0 }, "Further tries after the first."),
        Field::new("timeout", Shape::Integer { min: 1 }, "Seconds that one call of `run()` may take."),
    ],
    renamed: &[],
};

static OUTPUT_DATASET: Schema = Schema {
    title: "`output_dataset`",
    fields: &[
        Field::new("datastore_id", Shape::Text, "Datastore, by name or ARM id."),
        Field::new("path", Shape::Text, "Folder in the datastore."),
    ],
    renamed: &[],
};
