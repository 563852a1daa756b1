//! When an instance is started and stopped.

use serde_json::{Map, Value, json};

use super::super::fields::Fields;

/// One start or stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// `start` or `stop`.
    pub action: String,
    /// `enabled` or `disabled`.
    pub state: Option<String>,
    /// When.
    pub trigger: Option<Trigger>,
}

/// When a schedule acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// From when on.
    pub start_time: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// How often.
    pub times: Times,
}

/// How often a schedule acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Times {
    /// At what a cron expression says.
    Cron(String),
    /// Every so many units, at some hours, minutes and days of the week.
    Recurrence {
        /// `minute` to `month`.
        frequency: String,
        /// Number of units.
        interval: i64,
        /// Hours of the day.
        hours: Vec<Value>,
        /// Minutes of the hour.
        minutes: Vec<Value>,
        /// Days of the week.
        week_days: Option<Vec<Value>>,
    },
}

/// All schedules of an instance.
pub(super) fn to_wire(schedules: Vec<Schedule>) -> Value {
    let schedules: Vec<Value> = schedules.into_iter().map(Schedule::into_wire).collect();
    json!({ "computeStartStop": schedules })
}

impl Schedule {
    pub(super) fn read(mut fields: Fields) -> Self {
        Self {
            action: fields.text("action").unwrap_or_default(),
            state: fields.text("state"),
            trigger: fields.object("trigger").map(Trigger::read),
        }
    }

    fn into_wire(self) -> Value {
        // The default is the service's own spelling, what is written stays as it is.
        let status = self.state.unwrap_or_else(|| "Enabled".to_owned());
        let mut wire = json!({ "action": self.action, "status": status });
        if let Some(trigger) = self.trigger {
            let (kind, member) = match trigger.times {
                Times::Cron(_) => ("Cron", "cron"),
                Times::Recurrence { .. } => ("Recurrence", "recurrence"),
            };
            wire["triggerType"] = kind.into();
            wire[member] = trigger.into_wire(kind);
        }
        wire
    }
}

impl Trigger {
    fn read(mut fields: Fields) -> Self {
        let mut pattern = fields.object("schedule").unwrap_or(Fields(Map::new()));
        let times = match fields.text("expression") {
            Some(expression) => Times::Cron(expression),
            None => Times::Recurrence {
                frequency: fields.text("frequency").unwrap_or_default(),
                interval: fields.integer("interval").unwrap_or(1),
                hours: pattern.list("hours").unwrap_or_default(),
                minutes: pattern.list("minutes").unwrap_or_default(),
                week_days: pattern.list("week_days"),
            },
        };
        Self { start_time: fields.text("start_time"), time_zone: fields.text("time_zone"), times }
    }

    fn into_wire(self, kind: &str) -> Value {
        let time_zone = self.time_zone.unwrap_or_else(|| "UTC".to_owned());
        let mut wire = json!({ "timeZone": time_zone, "triggerType": kind });
        if let Some(start) = self.start_time {
            wire["startTime"] = start.into();
        }
        match self.times {
            Times::Cron(expression) => wire["expression"] = expression.into(),
            Times::Recurrence { frequency, interval, hours, minutes, week_days } => {
                wire["frequency"] = frequency.into();
                wire["interval"] = interval.into();
                wire["schedule"] = json!({ "hours": hours, "minutes": minutes });
                if let Some(days) = week_days {
                    wire["schedule"]["weekDays"] = days.into();
                }
            }
        }
        wire
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::super::super::document::SpecDocument;
    use super::super::super::problem::{Checked, SpecError};
    use super::super::ComputeSpec;
    use super::*;

    fn read(schedules: Value) -> Result<Checked<ComputeSpec>, SpecError> {
        let value = json!({ "name": "c", "type": "computeinstance", "schedules": schedules });
        ComputeSpec::from_document(&SpecDocument::from_json(&value))
    }

    #[test]
    fn schedules_have_one_of_two_triggers() {
        let schedules = json!({ "compute_start_stop": [
            { "action": "Stop", "trigger": { "type": "cron", "expression": "0 18 * * *" } },
            { "action": "start", "state": "disabled", "trigger": {
                "type": "recurrence", "frequency": "week", "interval": 1, "time_zone": "CET",
                "schedule": { "hours": [8], "minutes": ["30"], "week_days": ["Monday"] },
            } },
        ] });
        let expected = json!([
            { "action": "stop", "status": "Enabled", "triggerType": "Cron",
              "cron": { "timeZone": "UTC", "triggerType": "Cron", "expression": "0 18 * * *" } },
            { "action": "start", "status": "disabled", "triggerType": "Recurrence", "recurrence": {
                "timeZone": "CET", "triggerType": "Recurrence", "frequency": "week", "interval": 1,
                "schedule": { "hours": [8], "minutes": [30], "weekDays": ["monday"] },
            } },
        ]);
        let spec = read(schedules).unwrap().spec;
        let body = serde_json::to_value(spec.into_wire("local")).unwrap();
        assert_eq!(body["properties"]["properties"]["schedules"]["computeStartStop"], expected);
        let wrong = json!({ "compute_start_stop": [{ "action": "stop", "trigger": { "type": "cron" } }] });
        let error = read(wrong).unwrap_err();
        assert_eq!(error.problems[0].field, "schedules.compute_start_stop[0].trigger.expression");
    }
}
