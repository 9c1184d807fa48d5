//! What the cloud provider holds, and when. Alone in its process, because it counts.
#![cfg(feature = "cloud")]

use prefect_secrets_core::{Deadline, Provider};
use prefect_secrets_providers::cloud::Cloud;
use prefect_secrets_providers::cloud::graphql::Settings;
use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::process;

#[test]
fn nothing_before_the_first_call_and_nothing_after_the_close() {
    // Elsewhere than in this process, whose threads and descriptors are counted.
    let bystander = StandIn::start(Secrets::new()).unwrap();
    let address = bystander.address();
    drop(bystander);

    // Built with the whole workspace, tokio handles signals, for a program beside this library, and its
    // first runtime opens two descriptors for good. The library itself is built without that.
    drop(tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap());

    let before = (process::threads(), process::descriptors());
    let provider = Cloud::graphql(Settings::at(&address).unwrap().retry_waits([]));
    assert!(provider.skipped().is_none());
    assert_eq!((process::threads(), process::descriptors()), before);

    provider.get("X", &Deadline::default()).unwrap_err();
    assert_eq!(process::threads(), before.0, "a call outside a runtime needs no thread");
    assert!(process::descriptors() > before.1, "the control: the runtime is there");

    let theirs = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let with_theirs = process::threads();
    theirs.block_on(async { provider.get("X", &Deadline::default()).unwrap_err() });
    theirs.block_on(async { provider.get("X", &Deadline::default()).unwrap_err() });
    assert_eq!(process::threads(), with_theirs + 1, "one thread for all calls from inside");
    drop(theirs);

    drop(provider);
    assert_eq!((process::threads(), process::descriptors()), before);
}
