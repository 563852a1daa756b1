//! Tokens in memory, with a token service that counts.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::arm::retry::RetryPolicy;
use crate::arm::transport::{Exchange, Transport};
use crate::settings::Settings;

/// Gives `token-1`, `token-2`, ..., each only after others had their turn.
#[derive(Default)]
struct TokenService {
    asked: AtomicUsize,
}

impl Transport for TokenService {
    fn send(&self, _: Request<Bytes>) -> Exchange<'_> {
        Box::pin(async {
            tokio::task::yield_now().await;
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(
                r#"{{"token_type": "Bearer", "expires_in": 3600, "access_token": "token-{number}"}}"#
            );
            Ok(Response::new(body.into()))
        })
    }
}

fn sign_in<T: Transport + 'static>(service: &Arc<T>) -> SignIn {
    signing_in_by(Network::new(Arc::clone(service) as Arc<dyn Transport>, RetryPolicy::NEVER))
}

fn signing_in_by(network: Network) -> SignIn {
    let environment = Environment::from([
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_CLIENT_ID", "client"),
        ("AZURE_CLIENT_SECRET", "secret"),
    ]);
    let settings = Settings::load(environment.clone(), PathBuf::from("/")).unwrap();
    let cloud = settings.cloud().unwrap();
    SignIn::new(Surroundings {
        environment,
        profile: settings.az_profile(&cloud),
        cloud,
        subscription: "subscription".to_owned(),
        network,
        tokens_dir: None,
        trace: None,
    })
}

#[tokio::test]
async fn requests_at_the_same_time_ask_once_for_each_audience() {
    let service = Arc::new(TokenService::default());
    let sign_in = sign_in(&service);
    let ask = |audience| sign_in.token(audience);
    let (one, two, other) = tokio::join!(
        ask(Audience::ResourceManager),
        ask(Audience::ResourceManager),
        ask(Audience::MachineLearning)
    );
    let (one, two, other) = (one.unwrap(), two.unwrap(), other.unwrap());
    assert_eq!(one.expose(), two.expose());
    assert_ne!(one.expose(), other.expose());
    assert_eq!(service.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_token_is_not_given_again_and_a_newer_one_is_not_lost() {
    let service = Arc::new(TokenService::default());
    let sign_in = sign_in(&service);
    let first = sign_in.token(Audience::Storage).await.unwrap();
    assert!(sign_in.refused(Audience::Storage, &first));
    let second = sign_in.token(Audience::Storage).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    // Another request with the first token is refused only now.
    assert!(sign_in.refused(Audience::Storage, &first));
    assert_eq!(sign_in.token(Audience::Storage).await.unwrap().expose(), second.expose());
}

/// Gives one token that is near its end, and then none any more.
#[derive(Default)]
struct EndingService {
    asked: AtomicUsize,
}

impl Transport for EndingService {
    fn send(&self, _: Request<Bytes>) -> Exchange<'_> {
        let is_first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
        let answer = match is_first {
            true => {
                Response::new(r#"{"token_type": "Bearer", "expires_in": 240, "access_token": "last"}"#.into())
            }
            false => {
                let mut refusal = Response::new(r#"{"error_description": "no more"}"#.into());
                *refusal.status_mut() = http::StatusCode::BAD_REQUEST;
                refusal
            }
        };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_before_it_is_used_and_used_where_that_fails() {
    let service = Arc::new(EndingService::default());
    let sign_in = sign_in(&service);
    for asked in 1..=3 {
        assert_eq!(sign_in.token(Audience::Storage).await.unwrap().expose(), "last");
        assert_eq!(service.asked.load(Ordering::SeqCst), asked, "it was not to be renewed");
    }
}

/// Takes requests and never answers.
struct Silence;

impl Transport for Silence {
    fn send(&self, _: Request<Bytes>) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_token_service_is_not_waited_for_without_end() {
    let network = Network::new(Arc::new(Silence), RetryPolicy::default());
    let impatient = Network { patience: std::time::Duration::from_millis(20), ..network };
    let error = signing_in_by(impatient).token(Audience::Storage).await.unwrap_err().to_string();
    assert!(error.starts_with("signing in failed (service principal): no answer within 0.02 s"), "{error}");
}
