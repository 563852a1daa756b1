//! Settings of a deployment: the service's defaults and the ranges it accepts, also for overrides of one job.

use serde_json::json;

use super::error::ServiceError;
use crate::wire::deployment::{BatchDeploymentProperties, DeploymentResources, OutputAction, RetrySettings};
use crate::wire::duration;

/// Fills in what was left out.
pub(super) fn fill_defaults(properties: &mut BatchDeploymentProperties) {
    let RetrySettings { max_retries, timeout } = properties.retry_settings.take().unwrap_or_default();
    properties.retry_settings = Some(RetrySettings {
        max_retries: max_retries.or(Some(3)),
        timeout: timeout.or_else(|| Some("PT30S".to_owned())),
    });
    let resources = properties.resources.take().unwrap_or_default();
    properties.resources = Some(DeploymentResources {
        instance_count: resources.instance_count.or(Some(1)),
        properties: resources.properties.or_else(|| Some(serde_json::Map::new())),
        ..resources
    });
    properties.output_action.get_or_insert(OutputAction::AppendRow);
    properties.output_file_name.get_or_insert_with(|| "predictions.csv".to_owned());
    properties.error_threshold.get_or_insert(-1);
    properties.mini_batch_size.get_or_insert(10);
    properties.max_concurrency_per_instance.get_or_insert(1);
    properties.environment_variables.get_or_insert_default();
    properties.properties.get_or_insert_default();
}

/// Checks every range, and brings `loggingLevel` into the service's spelling.
pub(super) fn check(properties: &mut BatchDeploymentProperties) -> Result<(), ServiceError> {
    let instances = properties.resources.as_ref().and_then(|resources| resources.instance_count);
    check_range("resources.instanceCount", instances, 1)?;
    check_range("maxConcurrencyPerInstance", properties.max_concurrency_per_instance, 1)?;
    check_range("miniBatchSize", properties.mini_batch_size, 1)?;
    check_range("errorThreshold", properties.error_threshold, -1)?;
    check_retries(properties.retry_settings.as_ref())?;
    check_file_name(properties.output_file_name.as_deref())?;
    properties.logging_level = Some(logging_level(properties.logging_level.as_deref())?.to_owned());
    Ok(())
}

/// A number that must not be below `least`.
pub(super) fn check_range(member: &str, value: Option<i64>, least: i64) -> Result<(), ServiceError> {
    match value {
        Some(value) if value < least || value > i64::from(i32::MAX) => Err(ServiceError::Invalid(format!(
            "{member} must be a whole number from {least} on, not {value}."
        ))),
        _ => Ok(()),
    }
}

/// Retries and time limit.
pub(super) fn check_retries(retries: Option<&RetrySettings>) -> Result<(), ServiceError> {
    let Some(RetrySettings { max_retries, timeout }) = retries else {
        return Ok(());
    };
    check_range("retrySettings.maxRetries", *max_retries, 0)?;
    match timeout {
        Some(timeout) if duration::parse_seconds(timeout).is_none_or(|seconds| seconds == 0) => {
            Err(ServiceError::Invalid(format!(
                "retrySettings.timeout must be an ISO 8601 duration of at least one second, not {}.",
                json!(timeout)
            )))
        }
        _ => Ok(()),
    }
}

/// A plain file name.
pub(super) fn check_file_name(name: Option<&str>) -> Result<(), ServiceError> {
    const FORBIDDEN: &[char] =
        &['~', '"', '#', '%', '&', '*', ':', '<', '>', '?', '/', '\\', '{', '|', '}', '\0'];
    match name {
        Some(name)
            if name.trim().is_empty() || name.contains(FORBIDDEN) || name.trim_matches('.').is_empty() =>
        {
            Err(ServiceError::Invalid(format!("outputFileName {} is not a valid file name.", json!(name))))
        }
        _ => Ok(()),
    }
}

fn logging_level(given: Option<&str>) -> Result<&'static str, ServiceError> {
    let given = given.unwrap_or("Info");
    let level = ["Info", "Warning", "Debug"].into_iter().find(|level| level.eq_ignore_ascii_case(given));
    level.ok_or_else(|| {
        ServiceError::Invalid(format!("loggingLevel must be Info, Warning or Debug, not {}.", json!(given)))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn checked(
        change: impl FnOnce(&mut BatchDeploymentProperties),
    ) -> Result<BatchDeploymentProperties, ServiceError> {
        let mut properties = BatchDeploymentProperties::default();
        change(&mut properties);
        fill_defaults(&mut properties);
        check(&mut properties).map(|()| properties)
    }

    #[test]
    fn an_empty_deployment_gets_the_defaults_of_the_service() {
        let json = serde_json::to_value(checked(|_| {}).unwrap()).unwrap();
        assert_eq!(json["retrySettings"], json!({"maxRetries": 3, "timeout": "PT30S"}));
        assert_eq!(json["resources"], json!({"instanceCount": 1, "properties": {}}));
        assert_eq!((&json["outputAction"], &json["loggingLevel"]), (&json!("AppendRow"), &json!("Info")));
        assert_eq!((&json["errorThreshold"], &json["miniBatchSize"]), (&json!(-1), &json!(10)));
    }

    #[test]
    fn values_out_of_range_are_named() {
        let message = |change: fn(&mut BatchDeploymentProperties)| checked(change).unwrap_err().to_string();
        assert!(message(|p| p.mini_batch_size = Some(0)).contains("miniBatchSize"));
        assert!(message(|p| p.error_threshold = Some(-2)).contains("-2"));
        assert!(message(|p| p.logging_level = Some("loud".to_owned())).contains("loud"));
        assert!(message(|p| p.output_file_name = Some("../x".to_owned())).contains("outputFileName"));
        assert!(
            message(|p| p.retry_settings =
                Some(RetrySettings { max_retries: None, timeout: Some("30".to_owned()) }))
            .contains("timeout")
        );
        assert_eq!(
            checked(|p| p.logging_level = Some("DEBUG".to_owned())).unwrap().logging_level.unwrap(),
            "Debug"
        );
    }
}
