//! The way of alerts out of the house: the guarded client of `fetch`, as `alert` wants it.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::alert::{Answer, Network, Post};
use crate::exchange::Failure;
use crate::fetch::Fetcher;

/// The guarded client.
#[derive(Debug, Clone)]
pub struct Hooks(pub Arc<Fetcher>);

#[async_trait]
impl Network for Hooks {
    async fn post(&self, post: &Post) -> Result<Answer, String> {
        let sent = self.0.post(&post.url, &post.headers, post.body.clone(), post.allow_private).await;
        let posted = sent.map_err(|failure| told(&failure, post.allow_private))?;
        Ok(Answer { status: posted.status, body: posted.body })
    }

    async fn admit(&self, host: &str, port: u16, allow_private: bool) -> Result<Vec<SocketAddr>, String> {
        self.0.admit_host(host, port, allow_private).await.map_err(|failure| told(&failure, allow_private))
    }
}

/// Why nothing was sent, and what to do where the settings decide it.
fn told(failure: &Failure, allow_private: bool) -> String {
    match failure {
        Failure::ForbiddenAddress(_) if !allow_private => {
            format!("failed to {failure}; allow_private = true in the channel permits private ones")
        }
        other => format!("failed to {other}"),
    }
}
