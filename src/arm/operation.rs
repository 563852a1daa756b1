//! Long-running operations: a request the service accepts now and carries out later.
//!
//! Followed in the order of Azure's guidelines: `Azure-AsyncOperation`, then `Location`, then the resource's own
//! `provisioningState`. Where the first two lose track, the resource decides. Nothing is kept on disk: sending the
//! same PUT again follows the operation again, and so does looking at the resource.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::address;
use super::client::{Answer, Call, Client, header_text};
use super::credential::Audience;
use super::error::{ArmError, ArmErrorKind};
use super::retry::{LONG_WAIT, asked_pause};
use crate::wire::error::ErrorBody;
use crate::wire::origin::shown;

/// Wait before the second poll where the service asks for none; Azure usually does not.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Longest wait between two polls that we choose ourselves.
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(15);
/// Longest wait, whatever the service asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often a resource that was accepted may be looked for in vain: readers see it a little later than writers.
const LOOKS_IN_VAIN: u32 = 5;

/// How far an operation is.
enum Progress {
    Done,
    UnderWay,
    /// It ended otherwise, as this word says.
    Failed(String),
}

impl Progress {
    fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "succeeded" => Self::Done,
            "failed" | "canceled" | "cancelled" => Self::Failed(word.to_owned()),
            _ => Self::UnderWay,
        }
    }
}

impl Client {
    /// Waits until an accepted request has been carried out, unless the client does not wait. A PUT returns the
    /// resource as it is then.
    pub(super) async fn finished(
        &self,
        method: Method,
        url: &str,
        accepted: Answer<Value>,
    ) -> Result<Value, ArmError> {
        if !self.waits() || self.plan().is_some() {
            return Ok(accepted.body);
        }
        self.listen_for_interrupts();
        let operation =
            Operation { client: self, method: method.clone(), url, polls: 0, is_announced: false };
        operation.follow(accepted).await.map_err(|error| match error.kind {
            ArmErrorKind::Interrupted => ArmError::new(method, url, ArmErrorKind::WaitInterrupted),
            _ => error,
        })
    }
}

/// One accepted request being carried out.
struct Operation<'a> {
    client: &'a Client,
    method: Method,
    /// The resource.
    url: &'a str,
    polls: u32,
    /// Whether the user knows that this takes a while.
    is_announced: bool,
}

impl Operation<'_> {
    async fn follow(mut self, accepted: Answer<Value>) -> Result<Value, ArmError> {
        let named = |header: &str| {
            let reference = header_text(&accepted.headers, header).filter(|text| !text.is_empty());
            reference.map(|reference| address::resolve(self.url, &reference))
        };
        match (named("azure-asyncoperation"), named("location")) {
            (Some(status), _) => self.follow_status(&status).await?,
            // The resource itself, as Azure names it when an endpoint is made, is followed by its state.
            (None, Some(place)) if !self.is_resource(&place) && !self.is_settled(&accepted) => {
                self.follow_location(place).await?;
            }
            _ if self.method == Method::PUT => return self.follow_resource(accepted).await,
            _ => return Ok(accepted.body),
        }
        match self.method == Method::PUT {
            true => {
                let made = self.look_for_it().await?;
                self.follow_resource(made).await
            }
            false => Ok(accepted.body),
        }
    }

    /// Polls an operation's own status until it has ended.
    async fn follow_status(&mut self, url: &str) -> Result<(), ArmError> {
        loop {
            let answer = match self.poll(url).await {
                Err(lost) if lost.is_not_found() => return self.judge_by_resource(lost).await,
                other => other?,
            };
            let word = [&answer.body["status"], &answer.body["properties"]["provisioningState"]];
            let progress = match word.into_iter().find_map(Value::as_str) {
                Some(word) => Progress::from_word(word),
                None if answer.status == StatusCode::ACCEPTED => Progress::UnderWay,
                None if answer.status == StatusCode::NO_CONTENT => Progress::Done,
                None => {
                    return Err(ArmError::new(Method::GET, url, ArmErrorKind::Incomplete("status"))
                        .answered(&answer.headers, &answer.extensions));
                }
            };
            match progress {
                Progress::Done => return Ok(()),
                Progress::Failed(status) => return Err(self.failed(status, &answer)),
                Progress::UnderWay => self.wait(&answer.headers).await?,
            }
        }
    }

    /// Polls a place until there is something other than "not yet".
    async fn follow_location(&mut self, mut place: String) -> Result<(), ArmError> {
        loop {
            let answer = match self.poll(&place).await {
                Err(lost) if lost.is_not_found() => return self.judge_by_resource(lost).await,
                other => other?,
            };
            if answer.status != StatusCode::ACCEPTED {
                return Ok(());
            }
            if let Some(next) = header_text(&answer.headers, "location") {
                place = address::resolve(&place, &next);
            }
            self.wait(&answer.headers).await?;
        }
    }

    /// Looks at the resource until it is settled. One that says nothing of its state is, unless it was only just
    /// accepted: then it is looked at.
    async fn follow_resource(&mut self, mut answer: Answer<Value>) -> Result<Value, ArmError> {
        let mut has_looked = false;
        loop {
            let state = answer.body["properties"]["provisioningState"].as_str();
            match state.map(Progress::from_word) {
                Some(Progress::Done) => return Ok(answer.body),
                Some(Progress::Failed(status)) => return Err(self.failed(status, &answer)),
                Some(Progress::UnderWay) => self.wait(&answer.headers).await?,
                None if answer.status == StatusCode::OK => return Ok(answer.body),
                None if has_looked => self.wait(&answer.headers).await?,
                None => {}
            }
            answer = self.look_for_it().await?;
            has_looked = true;
        }
    }

    /// Looks at a resource that may not be there yet for those who read.
    async fn look_for_it(&mut self) -> Result<Answer<Value>, ArmError> {
        for _ in 0..LOOKS_IN_VAIN {
            match self.look().await {
                Err(error) if error.is_not_found() => self.wait(&HeaderMap::new()).await?,
                other => return other,
            }
        }
        self.look().await
    }

    /// What the service has forgotten about the operation, the resource may still tell.
    async fn judge_by_resource(&mut self, lost: ArmError) -> Result<(), ArmError> {
        if self.method == Method::PUT {
            let answer = self.look_for_it().await?;
            return self.follow_resource(answer).await.map(drop);
        }
        if self.method != Method::DELETE {
            return Ok(());
        }
        loop {
            match self.look().await {
                Ok(answer) if answer.body["properties"]["provisioningState"] == "Deleting" => {
                    self.wait(&answer.headers).await?;
                }
                Ok(_) => return Err(lost),
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    async fn look(&self) -> Result<Answer<Value>, ArmError> {
        self.client.json(Call::get(self.url)).await
    }

    async fn poll(&self, url: &str) -> Result<Answer<Value>, ArmError> {
        // The token goes to the server it went to before, whatever address an answer names.
        let audience = address::is_same_origin(self.url, url).then_some(Audience::ResourceManager);
        self.client.json(Call { audience, ..Call::get(url) }).await
    }

    fn is_resource(&self, url: &str) -> bool {
        address::without_query(url).eq_ignore_ascii_case(&address::without_query(self.url))
    }

    /// Whether the first answer says already how it ended.
    fn is_settled(&self, accepted: &Answer<Value>) -> bool {
        match self.method == Method::PUT {
            true => {
                let state = accepted.body["properties"]["provisioningState"].as_str();
                state.is_some_and(|word| !matches!(Progress::from_word(word), Progress::UnderWay))
            }
            false => accepted.status != StatusCode::ACCEPTED,
        }
    }

    /// Waits as long as the service asks, or a little longer each time.
    async fn wait(&mut self, headers: &HeaderMap) -> Result<(), ArmError> {
        let own = FIRST_PAUSE.mul_f64(1.5_f64.powi(self.polls.min(20).cast_signed())).min(LONGEST_OWN_PAUSE);
        let shortest = self.client.retries.shortest_pause();
        let pause = asked_pause(headers).map_or(own, |asked| asked.clamp(shortest, LONGEST_PAUSE));
        // One notice is enough that nothing hangs; what follows is for those who asked for more.
        let is_long = pause >= LONG_WAIT && !self.is_announced;
        self.is_announced |= is_long;
        self.polls += 1;
        let place = shown(self.url);
        self.client.tell(is_long, || {
            format!("{} {place}: under way; looked at again in {:.1} s", self.method, pause.as_secs_f64())
        });
        let waited = self.client.unless_interrupted(tokio::time::sleep(pause)).await;
        waited.map_err(|kind| ArmError::new(self.method.clone(), self.url, kind))
    }

    fn failed(&self, status: String, answer: &Answer<Value>) -> ArmError {
        let error = serde_json::from_value::<ErrorBody>(answer.body.clone()).ok();
        let error = error.map(|body| Box::new(body.error));
        let kind = ArmErrorKind::OperationFailed { status, error };
        ArmError::new(self.method.clone(), self.url, kind).answered(&answer.headers, &answer.extensions)
    }
}
