//! The seam between the provider and the way a Cloud speaks.

use prefect_secrets_core::{Answer, Deadline, Error, Secret};

/// One way to speak with a Cloud. Errors name neither provider nor secret; the provider adds both.
pub(super) trait Dialect: Send + Sync {
    /// Who is asked, for messages: `Prefect Cloud at api.prefect.io`.
    fn called(&self) -> &str;

    /// As [`prefect_secrets_core::Provider::remark`].
    fn remark(&self, _name: &str) -> Option<String> {
        None
    }

    /// As [`prefect_secrets_core::Provider::get`].
    fn get(&self, name: &str, deadline: &Deadline) -> Answer;

    /// As [`prefect_secrets_core::Provider::get_many`], for names of any number.
    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer>;

    /// As [`prefect_secrets_core::Provider::exists`].
    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error>;

    /// As [`prefect_secrets_core::Provider::set`].
    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error>;

    /// As [`prefect_secrets_core::Provider::delete`].
    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error>;

    /// As [`prefect_secrets_core::Provider::list`].
    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error>;
}
