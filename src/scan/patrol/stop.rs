//! The button that ends a patrol: pressed once it finishes what is under way, pressed twice it ends at once.

use std::time::Duration;

use tokio::sync::watch;

/// Presses the button.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<u32>);

/// Feels the button.
#[derive(Debug, Clone)]
pub struct Stop {
    presses: watch::Receiver<u32>,
    /// Presses that were acted upon.
    seen: u32,
}

impl Stopper {
    /// A button and who feels it.
    pub fn new() -> (Self, Stop) {
        let (sender, presses) = watch::channel(0);
        (Self(sender), Stop { presses, seen: 0 })
    }

    /// Presses it.
    pub fn press(&self) {
        self.0.send_modify(|presses| *presses += 1);
    }
}

impl Stop {
    /// Whether it was pressed since it was armed.
    pub fn is_pressed(&self) -> bool {
        *self.presses.borrow() > self.seen
    }

    /// Waits until it is pressed; for ever where nobody can press it any more.
    pub async fn pressed(&mut self) {
        let seen = self.seen;
        if self.presses.wait_for(|presses| *presses > seen).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for a time, or until it is pressed.
    pub async fn or_sleep(&mut self, time: Duration) {
        tokio::select! {
            () = self.pressed() => {}
            () = tokio::time::sleep(time) => {}
        }
    }

    /// Only further presses count from now on.
    pub fn rearm(&mut self) {
        self.seen = *self.presses.borrow();
    }
}
