//! TLS that looks instead of judging: every certificate is taken, and what is wrong with it is written down.
//!
//! A browser stops at a bad certificate; a scanner has to see the page behind it and report the certificate. Nothing
//! secret is ever sent, so taking any certificate gives nothing away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OidRegistry;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::FetchError;
use super::settings::Trust;
use crate::exchange::{TlsFacts, TlsProblem};
use crate::id::sha256_hex;

/// How many certificates are remembered with their problems.
const REMEMBERED: usize = 8192;
/// How many names of a certificate are kept.
const MOST_NAMES: usize = 100;

/// Takes every certificate and remembers what is wrong with it.
#[derive(Debug)]
pub(super) struct Witness {
    roots: RootCertStore,
    provider: CryptoProvider,
    /// Problems by server name and SHA-256 of the end certificate.
    seen: Mutex<HashMap<(String, String), Vec<TlsProblem>>>,
}

impl Witness {
    pub(super) fn new(trust: &Trust) -> Self {
        let mut roots = RootCertStore::empty();
        match trust {
            Trust::Public => {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                // What the system's store holds that does not parse is nobody's to trust.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Trust::Only(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
            }
        }
        Self { roots, provider: ring::default_provider(), seen: Mutex::default() }
    }

    /// The TLS settings of the HTTP client, with this witness as judge.
    pub(super) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, FetchError> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(self.provider.clone()))
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::Client(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Self>::clone(self))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A resumed session shows no certificate to judge.
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    /// What the handshake with that server showed.
    pub(super) fn facts(&self, server: &str, certificate: &[u8], version: &str) -> TlsFacts {
        let certificate_sha256 = sha256_hex(certificate);
        let key = (plain_name(server), certificate_sha256.clone());
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A certificate that was not judged is not trusted either.
        let problems = seen.get(&key).cloned().unwrap_or_else(|| vec![TlsProblem::Invalid]);
        drop(seen);
        let mut facts = TlsFacts {
            version: version.to_owned(),
            certificate_sha256,
            names: Vec::new(),
            issuer: String::new(),
            not_before: None,
            not_after: None,
            problems,
        };
        if let Ok((_, parsed)) = X509Certificate::from_der(certificate) {
            facts.names = names(&parsed);
            facts.issuer = rfc4514(parsed.issuer());
            facts.not_before = Timestamp::from_second(parsed.validity().not_before.timestamp()).ok();
            facts.not_after = Timestamp::from_second(parsed.validity().not_after.timestamp()).ok();
        }
        facts
    }

    /// Every problem at once: dates, name and signatures are looked at apart from each other.
    fn problems(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        now: UnixTime,
    ) -> Vec<TlsProblem> {
        let Ok((_, parsed)) = X509Certificate::from_der(end) else { return vec![TlsProblem::Invalid] };
        let (from, until) =
            (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let mut problems = Vec::new();
        if seconds > until {
            problems.push(TlsProblem::Expired);
        }
        if seconds < from {
            problems.push(TlsProblem::NotYetValid);
        }
        let Ok(certificate) = ParsedCertificate::try_from(end) else {
            problems.push(TlsProblem::Invalid);
            return problems;
        };
        if verify_server_name(&certificate, server).is_err() {
            problems.push(TlsProblem::NameMismatch);
        }
        // Signatures are checked as of a time at which the dates hold, so that an expired certificate still shows
        // whether its issuer is known.
        let then = u64::try_from(seconds.clamp(from, until.max(from))).unwrap_or(0);
        let then = UnixTime::since_unix_epoch(Duration::from_secs(then));
        let algorithms = self.provider.signature_verification_algorithms.all;
        let own_issuer = parsed.issuer().as_raw() == parsed.subject().as_raw();
        let judged =
            verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, chain, then, algorithms);
        problems.extend(match judged {
            Ok(()) => None,
            Err(_) if own_issuer => Some(TlsProblem::SelfSigned),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                Some(TlsProblem::UnknownIssuer)
            }
            Err(Error::InvalidCertificate(CertificateError::Revoked)) => Some(TlsProblem::Revoked),
            // An intermediate ran out: to a visitor that is expiry.
            Err(Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => Some(TlsProblem::Expired),
            Err(_) => Some(TlsProblem::Invalid),
        });
        problems.dedup();
        problems
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let problems = self.problems(end, chain, server, now);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert((plain_name(&server.to_str()), sha256_hex(end)), problems);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A server's name as both `url` and `rustls` can be made to write it.
fn plain_name(name: &str) -> String {
    name.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let common =
        certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok()).map(str::to_owned);
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let alternatives = alternatives.iter().flat_map(|extension| &extension.value.general_names);
    let mut names: Vec<String> = Vec::new();
    for name in common.chain(alternatives.filter_map(general_name)) {
        if names.len() < MOST_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            16 => {
                <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string())
            }
            _ => None,
        },
        _ => None,
    }
}

/// A distinguished name in the order and with the escapes of RFC 4514.
fn rfc4514(name: &X509Name<'_>) -> String {
    let registry = OidRegistry::default().with_x509();
    let mut parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type();
            let key = registry
                .get(oid)
                .map_or_else(|| oid.to_id_string(), |entry| short_name(entry.sn()).to_owned());
            format!("{key}={}", escaped(attribute.as_str().unwrap_or_default()))
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn short_name(name: &str) -> &str {
    match name {
        "commonName" => "CN",
        "countryName" => "C",
        "localityName" => "L",
        "stateOrProvinceName" => "ST",
        "organizationName" => "O",
        "organizationalUnitName" | "organizationalUnit" => "OU",
        other => other,
    }
}

fn escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut text, c| {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}
