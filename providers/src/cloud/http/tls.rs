//! Whose certificates are trusted.

use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Error, Kind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, KeyProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Whose certificates are trusted.
pub(in crate::cloud) enum Trust {
    /// Those of the authorities that this machine trusts, or of those in `SSL_CERT_FILE`.
    System,
    /// Those of the authorities in this file, and no others. `place` names the setting, and where
    /// it was set.
    File { path: PathBuf, place: String },
    /// Anybody's: somebody asked for that in so many words.
    Anybody,
}

impl Trust {
    /// The TLS of a client. Where no TLS is spoken nothing is loaded, because that takes
    /// milliseconds.
    pub(super) fn client(&self, secure: bool) -> Result<ClientConfig, Error> {
        let provider = Arc::new(cryptography());
        let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                Error::new(Kind::Internal, format!("TLS cannot be set up: {error}"), "report this")
            })?;
        let roots = match self {
            _ if !secure => RootCertStore::empty(),
            Self::System => of_this_machine()?,
            Self::File { path, place } => in_file(path, place)?,
            Self::Anybody => {
                let verifier = Arc::new(Unchecked(provider));
                return Ok(versions
                    .dangerous()
                    .with_custom_certificate_verifier(verifier)
                    .with_no_client_auth());
            }
        };
        Ok(versions.with_root_certificates(roots).with_no_client_auth())
    }

    /// How many authorities are trusted; `None` if nobody's certificate is checked.
    pub(in crate::cloud) fn authorities(&self) -> Result<Option<usize>, Error> {
        Ok(match self {
            Self::System => Some(of_this_machine()?.len()),
            Self::File { path, place } => Some(in_file(path, place)?.len()),
            Self::Anybody => None,
        })
    }

    /// The setting that says whom to trust, and where it was set; `None` if none does.
    pub(in crate::cloud) fn place(&self) -> Option<&str> {
        match self {
            Self::File { place, .. } => Some(place),
            Self::System | Self::Anybody => None,
        }
    }
}

/// `ring` without what signs: no client shows a certificate of its own here, and the code for it is large.
/// It is left out where the whole is seen to be replaced, which takes one place that calls `ring`.
#[inline(never)]
pub(in crate::cloud) fn cryptography() -> CryptoProvider {
    CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() }
}

/// Takes no private key.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("private keys are not supported".to_owned()))
    }
}

fn of_this_machine() -> Result<RootCertStore, Error> {
    let loaded = if raised_privileges() {
        let folder = Path::new("/etc/ssl/certs");
        rustls_native_certs::load_certs_from_paths(None, Some(folder))
    } else {
        if let Some(path) = std::env::var_os("SSL_CERT_FILE")
            && is_pipe(Path::new(&path))
        {
            return Err(unusable("SSL_CERT_FILE", Path::new(&path), "is a pipe"));
        }
        rustls_native_certs::load_native_certs()
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        return Err(Error::new(
            Kind::Unavailable,
            "no certificate authority was found on this machine",
            "install ca-certificates, or name a file of them in SSL_CERT_FILE",
        ));
    }
    Ok(roots)
}

fn in_file(path: &Path, place: &str) -> Result<RootCertStore, Error> {
    if is_pipe(path) {
        return Err(unusable(place, path, "is a pipe"));
    }
    let loaded = rustls_native_certs::load_certs_from_paths(Some(path), None);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        let why = match std::fs::File::open(path) {
            Ok(_) => "holds no certificate".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        return Err(unusable(place, path, &why));
    }
    Ok(roots)
}

fn unusable(place: &str, path: &Path, why: &str) -> Error {
    Error::invalid(
        format!("{place} names {}, which {why}", path.display()),
        "name a file with the certificates of authorities, in PEM",
    )
}

/// Whether reading it would wait for whoever writes it, past every deadline.
fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

/// Takes any certificate. That the other side holds its key is checked all the same.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
