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

fn sign_in(service: &Arc<TokenService>) -> SignIn {
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
        network: Network {
            outward: Arc::clone(service) as Arc<dyn Transport>,
            direct: Arc::clone(service) as Arc<dyn Transport>,
            retries: RetryPolicy::NEVER,
        },
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
