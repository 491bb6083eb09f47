//! Reads a body piece by piece under its limits: size, time and a minimum rate.

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, timeout_at};

use super::settings::Limits;
use crate::exchange::Cut;

/// The body as far as it came, and why it is not whole.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limits: &Limits,
    deadline: Instant,
) -> (Bytes, Option<Cut>) {
    let mut body = BytesMut::new();
    let mut window = Window { ends: Instant::now() + limits.rate_window, bytes: 0 };
    loop {
        let slow_at = if limits.min_rate == 0 { deadline } else { window.ends };
        let cut = match timeout_at(deadline.min(slow_at), response.chunk()).await {
            Ok(Ok(Some(piece))) => {
                window.bytes += piece.len() as u64;
                let room = limits.raw_body - body.len();
                body.extend_from_slice(&piece[..piece.len().min(room)]);
                (piece.len() > room).then_some(Cut::TooLarge)
            }
            Ok(Ok(None)) => return (body.freeze(), None),
            Ok(Err(_)) => Some(Cut::Broken),
            Err(_) => None,
        };
        let now = Instant::now();
        let cut =
            cut.or_else(|| (now >= deadline).then_some(Cut::OutOfTime)).or_else(|| window.turn(limits, now));
        if cut.is_some() {
            return (body.freeze(), cut);
        }
    }
}

/// What arrived since the last look at the rate.
struct Window {
    ends: Instant,
    bytes: u64,
}

impl Window {
    /// Looks at the rate where the window is over, and opens the next one.
    fn turn(&mut self, limits: &Limits, now: Instant) -> Option<Cut> {
        if limits.min_rate == 0 || now < self.ends {
            return None;
        }
        let expected = limits.rate_window.as_secs_f64() * limits.min_rate as f64;
        let enough = self.bytes as f64 >= expected;
        *self = Self { ends: now + limits.rate_window, bytes: 0 };
        (!enough).then_some(Cut::TooSlow)
    }
}
