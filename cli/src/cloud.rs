//! What can be seen of the Cloud. A program without it sees the same, and finds none.

#[cfg(feature = "cloud")]
pub(crate) use prefect_secrets_providers::cloud::{
    Looking,
    rest::{InForce, in_force},
};
#[cfg(not(feature = "cloud"))]
pub(crate) use without::{InForce, Looking, in_force};

#[cfg(not(feature = "cloud"))]
mod without {
    use std::time::{Duration, SystemTime};

    use prefect_secrets_core::Error;
    use prefect_secrets_providers::local::Snapshot;

    /// There is none.
    pub(crate) enum Looking {}

    impl Looking {
        pub(crate) fn at(_: &Snapshot) -> Result<Option<Self>, Error> {
            Ok(None)
        }

        pub(crate) fn host(&self) -> String {
            match *self {}
        }

        pub(crate) fn is_https(&self) -> bool {
            match *self {}
        }

        pub(crate) fn is_loopback(&self) -> bool {
            match *self {}
        }

        pub(crate) fn authorities(&self) -> Result<Option<usize>, Error> {
            match *self {}
        }

        pub(crate) fn authorities_place(&self) -> Option<&str> {
            match *self {}
        }

        pub(crate) fn date(&self, _: Duration) -> Option<(SystemTime, Duration)> {
            match *self {}
        }
    }

    /// Nobody reads the settings of Prefect 3.
    pub(crate) struct InForce<'a> {
        pub(crate) name: String,
        pub(crate) value: Option<&'a [u8]>,
        pub(crate) place: String,
    }

    pub(crate) fn in_force(
        _: &Snapshot,
        _: &mut dyn FnMut(&InForce<'_>),
    ) -> Result<Option<String>, Error> {
        Ok(None)
    }
}
