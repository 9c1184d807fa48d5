//! A Cloud behind TLS. The certificates here are for loopback and these tests only.
#![cfg(feature = "cloud")]

use std::env;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use prefect_secrets_core::{Deadline, Kind, Provider};
use prefect_secrets_providers::Opener;
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::graphql::Settings;
use prefect_secrets_providers::local::Environment;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloud_tls");
/// The address to ask, in a process whose `SSL_CERT_FILE` says whom to trust.
const ADDRESS: &str = "CLOUD_TLS_ADDRESS";
/// Whether that one is to be trusted.
const TRUSTED: &str = "CLOUD_TLS_TRUSTED";

#[test]
fn the_certificates_in_ssl_cert_file_are_trusted_and_no_others() {
    if let Ok(address) = env::var(ADDRESS) {
        return ask(&address, env::var_os(TRUSTED).is_some());
    }
    let address = serve();
    let ask = |certificate: &str, trusted: bool| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "the_certificates_in_ssl_cert_file_are_trusted_and_no_others"]);
        child.env_remove("SSL_CERT_DIR").env(ADDRESS, &address);
        child.env("SSL_CERT_FILE", Path::new(FOLDER).join(certificate));
        child.envs(trusted.then_some((TRUSTED, "1")));
        let ended = child.output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    };
    ask("loopback.pem", true);
    ask("stranger.pem", false);
    ask("missing.pem", false);
}

fn ask(address: &str, trusted: bool) {
    let provider = Cloud::graphql(Settings::at(address).unwrap().retry_waits([]));
    let ask = || provider.get("X", &Deadline::default());
    let answer = ask();
    if trusted {
        assert_eq!(answer.unwrap().unwrap().expose_text(), b"v");
        // The server hangs up after each answer and tells nobody; that is no failure, not even where
        // nothing is tried again.
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(15));
            assert_eq!(ask().unwrap().unwrap().expose_text(), b"v");
        }
    } else {
        // At once: no further try would change it.
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        assert!(error.next_step().contains("SSL_CERT_FILE"), "{error}");
    }
}

#[test]
fn prefect_3s_settings_say_whom_to_trust() {
    let address = format!("{}/api", serve());
    let file = |name: &str| Path::new(FOLDER).join(name).display().to_string();
    let ask = |setting: &str, value: &str| {
        let variables = [("PREFECT_API_URL", &*address), (setting, value)];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::of(variables.into_iter(), None, false);
        Opener::new().environment(environment).open().unwrap().get("x", &Deadline::default())
    };
    for (setting, value) in [
        ("PREFECT_API_SSL_CERT_FILE", &*file("loopback.pem")),
        ("SSL_CERT_FILE", &file("loopback.pem")),
        ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "true"),
    ] {
        assert_eq!(ask(setting, value).unwrap().unwrap().expose_text(), b"v", "{setting}");
    }
    let error = ask("PREFECT_API_SSL_CERT_FILE", &file("stranger.pem")).unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.next_step().contains("PREFECT_API_SSL_CERT_FILE"), "{error}");
    let error = ask("PREFECT_API_SSL_CERT_FILE", &file("missing.pem")).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.what().contains("missing.pem"), "{error}");
}

/// Answers every request with one secret.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let folder = Path::new(FOLDER);
    let certificate = CertificateDer::from_pem_file(folder.join("loopback.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("loopback-for-tests-only.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            // A client that does not trust us ends the handshake.
            while !request.ends_with(b"}") && !request.ends_with(b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            // In both dialects at once.
            let body = r#"{"id":"i","name":"x","data":{"secret_value":"v","value":"v"}}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + body).as_bytes());
            // Until the client has read it and left the connection alone.
            thread::sleep(Duration::from_millis(5));
        }
    });
    address
}
