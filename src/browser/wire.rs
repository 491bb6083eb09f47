//! The wire to a browser process: one connection per visit, orders out, answers and events in, in order.
//!
//! Orders are written as the protocol documents them (<https://chromedevtools.github.io/devtools-protocol/>); answers
//! and events stay untyped, so that a browser newer than this program never says anything that cannot be read.

use std::time::Duration;

use chromiumoxide::Connection;
use chromiumoxide::types::{CallId, EventMessage, Message, Method, MethodId};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// The connection is gone, and the process with it.
    Wire,
    /// The browser refused.
    Refused(String),
    /// No answer in time.
    Silent,
    /// The page is gone: its renderer crashed.
    Crashed,
}

/// Something the browser says of its own accord.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) method: String,
    #[serde(rename = "sessionId")]
    pub(super) session: Option<String>,
    #[serde(default)]
    pub(super) params: Value,
}

impl Method for Event {
    fn identifier(&self) -> MethodId {
        self.method.clone().into()
    }
}

impl EventMessage for Event {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

/// What came in.
pub(super) enum Incoming {
    Answer(CallId, Result<Value, String>),
    Event(Event),
}

/// A connection to the browser.
#[derive(Debug)]
pub(super) struct Wire {
    connection: Connection<Event>,
    /// The page that orders are for, once there is one.
    pub(super) session: Option<String>,
}

impl Wire {
    /// Connects; a browser that takes the connection and says nothing is lost after that time.
    pub(super) async fn connect(address: &Url, patience: Duration) -> Result<Self, Lost> {
        let connecting = tokio::time::timeout(patience, Connection::connect(address.as_str()));
        let connection = connecting.await.map_err(|_| Lost::Silent)?.map_err(|_| Lost::Wire)?;
        Ok(Self { connection, session: None })
    }

    /// Sends an order to the page (or to the browser while there is no page). Its answer comes in like any other.
    pub(super) fn send(&mut self, method: &'static str, params: Value) -> Result<CallId, Lost> {
        let session = self.session.clone().map(Into::into);
        self.connection.submit_command(method.into(), session, params).map_err(|_| Lost::Wire)
    }

    /// Sends an order to the browser as a whole.
    pub(super) fn send_to_browser(&mut self, method: &'static str, params: Value) -> Result<CallId, Lost> {
        self.connection.submit_command(method.into(), None, params).map_err(|_| Lost::Wire)
    }

    /// What comes next. Cancelling loses nothing.
    pub(super) async fn next(&mut self) -> Result<Incoming, Lost> {
        loop {
            match self.connection.next().await {
                Some(Ok(Message::Response(answer))) => {
                    let result = match (answer.result, answer.error) {
                        (_, Some(error)) => Err(error.message),
                        (value, None) => Ok(value.unwrap_or(Value::Null)),
                    };
                    return Ok(Incoming::Answer(answer.id, result));
                }
                Some(Ok(Message::Event(event))) => return Ok(Incoming::Event(event)),
                Some(Err(chromiumoxide::error::CdpError::InvalidMessage(..))) => {}
                Some(Err(_)) | None => return Err(Lost::Wire),
            }
        }
    }
}
