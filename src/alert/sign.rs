//! Signatures, so that a receiver knows who writes and refuses what was sent before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The value of `X-Xuncha-Signature`: `t=SECONDS,v1=HEX`, where `HEX` is the HMAC-SHA256 of `SECONDS.BODY` under the secret.
/// A receiver computes it again and refuses a time too far from its own clock.
pub fn webhook(secret: &str, seconds: i64, body: &[u8]) -> String {
    let mut signed = format!("{seconds}.").into_bytes();
    signed.extend_from_slice(body);
    let mac = hmac(secret.as_bytes(), &signed);
    format!("t={seconds},v1={}", crate::id::hex(&mac))
}

/// DingTalk: the secret signs milliseconds, a line end and itself.
pub(super) fn dingtalk(secret: &str, milliseconds: i64) -> String {
    STANDARD.encode(hmac(secret.as_bytes(), format!("{milliseconds}\n{secret}").as_bytes()))
}

/// Feishu: seconds, a line end and the secret are the key; nothing is signed.
pub(super) fn feishu(secret: &str, seconds: i64) -> String {
    STANDARD.encode(hmac(format!("{seconds}\n{secret}").as_bytes(), b""))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
