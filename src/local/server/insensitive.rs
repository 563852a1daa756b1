//! Reading the body of an invocation: Azure takes its member names in any case, and its own samples write PascalCase.

use serde_json::{Map, Value};

use super::error::ServiceError;
use crate::wire::invoke::BatchJobRequest;

const REQUEST: &[&str] = &["properties"];
const PROPERTIES: &[&str] = &[
    "inputData",
    "outputData",
    "outputDataset",
    "compute",
    "miniBatchSize",
    "retrySettings",
    "errorThreshold",
    "outputFileName",
    "name",
    "properties",
];
const INPUT: &[&str] = &["jobInputType", "uri", "value", "mode"];
const OUTPUT: &[&str] = &["jobOutputType", "uri", "mode"];
const DATASET: &[&str] = &["datastoreId", "path"];
const COMPUTE: &[&str] = &["isLocal", "target", "instanceCount", "instanceType"];
const RETRIES: &[&str] = &["maxRetries", "timeout"];
const FREE: &[&str] = &["experimentName"];

/// Reads an invocation. Names the caller chose, those of inputs and outputs, keep their case.
pub(super) fn batch_job_request(mut body: Value) -> Result<BatchJobRequest, ServiceError> {
    spell(&mut body, REQUEST);
    let mut members: Map<String, Value> =
        serde_json::from_value(body).map_err(ServiceError::MalformedBody)?;
    let properties = members.entry("properties").or_insert_with(|| Map::new().into());
    spell(properties, PROPERTIES);
    for (member, words) in
        [("outputDataset", DATASET), ("compute", COMPUTE), ("retrySettings", RETRIES), ("properties", FREE)]
    {
        if let Some(inner) = properties.get_mut(member) {
            spell(inner, words);
        }
    }
    for (member, words) in [("inputData", INPUT), ("outputData", OUTPUT)] {
        if let Some(named) = properties.get_mut(member).and_then(Value::as_object_mut) {
            named.values_mut().for_each(|value| spell(value, words));
        }
    }
    serde_json::from_value(members.into()).map_err(ServiceError::MalformedBody)
}

/// Brings the member names of an object into the spelling of `words`; anything else is left alone.
fn spell(value: &mut Value, words: &[&str]) {
    let Some(members) = value.as_object_mut().map(std::mem::take) else {
        return;
    };
    let spelled = |(member, value): (String, Value)| {
        let word = words.iter().find(|word| word.eq_ignore_ascii_case(&member));
        (word.map_or(member, |word| (*word).to_owned()), value)
    };
    *value = members.into_iter().map(spelled).collect::<Map<_, _>>().into();
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_read_in_any_case_and_chosen_names_are_kept() {
        let request = batch_job_request(json!({ "Properties": {
            "InputData": { "URI": { "JobInputType": "UriFile", "Uri": "u" } },
            "MINIBATCHSIZE": 3,
            "RetrySettings": { "MaxRetries": 2 },
            "properties": { "ExperimentName": "x" },
        }}));
        let properties = request.unwrap().properties;
        assert_eq!(properties.input_data.unwrap()["URI"], json!({ "jobInputType": "UriFile", "uri": "u" }));
        assert_eq!(
            (properties.mini_batch_size, properties.retry_settings.unwrap().max_retries),
            (Some(3), Some(2))
        );
        assert_eq!(properties.properties.unwrap()["experimentName"], "x");
    }

    #[test]
    fn an_empty_body_is_an_invocation_without_input() {
        assert_eq!(batch_job_request(json!({})).unwrap().properties.input_data, None);
        assert!(batch_job_request(json!([])).is_err());
    }
}
