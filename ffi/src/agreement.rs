//! The header and these definitions agree: a C compiler is shown both.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::mem::offset_of;

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::{
    Commit, Create, FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Listing, MAJOR, MINOR, Reply,
    Request, Slice, Status, Table, Value,
};
use prefect_secrets_testing::{C, workspace};

use crate::boundary::Signature;
use crate::call::Call;
use crate::chain::Outcome;
use crate::options::{HostProvider, Options};

/// Every exported function, file by file.
fn exported() -> impl Iterator<Item = &'static Signature> {
    [
        crate::version::EXPORTED,
        crate::default_chain::EXPORTED,
        crate::secret::EXPORTED,
        crate::error::EXPORTED,
        crate::chain::EXPORTED,
        crate::cancellation::EXPORTED,
        crate::started::EXPORTED,
        crate::queue::EXPORTED,
        crate::names::EXPORTED,
        crate::explanation::EXPORTED,
        crate::log::EXPORTED,
    ]
    .into_iter()
    .flatten()
}

/// The shape of a struct, as assertions of a C compiler.
macro_rules! shape {
    ($c:ident, $rust:ty, $($member:ident),*) => {{
        let mut text = format!(
            "_Static_assert(sizeof({c}) == {size}, \"size of {c}\");\n",
            c = stringify!($c),
            size = size_of::<$rust>(),
        );
        $(
            // The word delete is taken in C++.
            let member = if stringify!($member) == "delete" { "delete_" } else { stringify!($member) };
            writeln!(
                text,
                "_Static_assert(offsetof({c}, {member}) == {offset}, \"{c}.{member}\");",
                c = stringify!($c),
                offset = offset_of!($rust, $member),
            )
            .unwrap();
            writeln!(
                text,
                "_Static_assert(sizeof((({c} *)0)->{member}) == {size}, \"size of {c}.{member}\");",
                c = stringify!($c),
                size = size_of_member(|it: &$rust| &raw const it.$member),
            )
            .unwrap();
        )*
        text
    }};
}

fn size_of_member<T, M>(_: impl Fn(&T) -> *const M) -> usize {
    size_of::<M>()
}

fn shapes() -> String {
    [
        shape!(prefect_secrets_slice, Slice, data, len),
        shape!(
            prefect_secrets_request,
            Request,
            struct_size,
            reserved,
            host,
            remaining_ns,
            should_stop
        ),
        shape!(
            prefect_secrets_commit,
            Commit,
            struct_size,
            form,
            text_len,
            json_len,
            expires_at,
            revision
        ),
        shape!(prefect_secrets_reply, Reply, struct_size, reserved, host, reserve, commit, fail),
        shape!(prefect_secrets_value, Value, struct_size, form, text, json),
        shape!(prefect_secrets_listing, Listing, struct_size, reserved, host, add),
        shape!(
            prefect_secrets_create,
            Create,
            struct_size,
            major,
            minor,
            host,
            name,
            settings,
            setting,
            log
        ),
        shape!(
            prefect_secrets_provider,
            Table,
            struct_size,
            major,
            minor,
            capabilities,
            id,
            create,
            destroy,
            get,
            get_many,
            set,
            delete,
            list,
            refresh,
            get_extension
        ),
        shape!(
            prefect_secrets_host_provider,
            HostProvider,
            struct_size,
            reserved,
            name,
            provider,
            settings
        ),
        shape!(
            prefect_secrets_options,
            Options,
            struct_size,
            reserved,
            config_path,
            providers,
            provider_count
        ),
        shape!(prefect_secrets_call, Call, struct_size, reserved, timeout_ms, cancellation),
        shape!(prefect_secrets_result, Outcome, status, reserved, secret, error),
    ]
    .concat()
}

fn numbers() -> String {
    let numbers: &[(&str, u64)] = &[
        ("OK", Status::Ok as u64),
        ("ABSENT", Status::Absent as u64),
        ("DENIED", Status::Denied as u64),
        ("UNAVAILABLE", Status::Unavailable as u64),
        ("TIMED_OUT", Status::TimedOut as u64),
        ("INVALID", Status::Invalid as u64),
        ("UNSUPPORTED", Status::Unsupported as u64),
        ("PANICKED", Status::Panicked as u64),
        ("INTERNAL", Status::Internal as u64),
        ("BUFFER_TOO_SMALL", Status::BufferTooSmall as u64),
        ("CANCELLED", Status::Cancelled as u64),
        ("FORM_TEXT", FORM_TEXT.into()),
        ("FORM_JSON", FORM_JSON.into()),
        ("FORM_TEXT_WITH_JSON", FORM_TEXT_WITH_JSON.into()),
        ("PROVIDER_MAJOR", MAJOR.into()),
        ("PROVIDER_MINOR", MINOR.into()),
        ("GET_MANY", Capabilities::GET_MANY.bits()),
        ("SET", Capabilities::SET.bits()),
        ("DELETE", Capabilities::DELETE.bits()),
        ("LIST", Capabilities::LIST.bits()),
        ("REFRESH", Capabilities::REFRESH.bits()),
        ("THREAD_SAFE", Capabilities::THREAD_SAFE.bits()),
        ("HONORS_DEADLINES", Capabilities::HONORS_DEADLINES.bits()),
    ];
    numbers.iter().fold(String::new(), |text, (name, number)| {
        text + &format!("_Static_assert(PREFECT_SECRETS_{name} == {number}, \"{name}\");\n")
    })
}

/// Every function once more, with the types that the definition here has: a compiler refuses two
/// declarations that disagree.
fn declarations() -> String {
    exported().fold(String::new(), |text, Signature { name, returns, arguments }| {
        let arguments = if arguments.is_empty() { "void".to_owned() } else { arguments.join(", ") };
        text + &format!("{returns} {name}({arguments});\n")
    })
}

#[test]
fn a_c_compiler_finds_that_header_and_definitions_agree() {
    let c = C::new();
    let text = format!(
        "#include \"prefect_secrets.h\"\n\
         #include \"prefect_secrets_provider.h\"\n\
         typedef void prefect_secrets_log_fn(void *, uint32_t, prefect_secrets_slice);\n\
         {}{}{}",
        declarations(),
        shapes(),
        numbers()
    );
    let source = c.source("agreement.c", &text);
    let output = c.compiler(&source).args(["-std=c11", "-fsyntax-only"]).arg(&source).output();
    let said = output.expect("a C compiler");
    assert!(said.status.success(), "{}\n{text}", String::from_utf8_lossy(&said.stderr));
}

#[test]
fn the_compiler_would_have_said_so() {
    let c = C::new();
    for wrong in [
        "int32_t prefect_secrets_version(void);",
        "_Static_assert(sizeof(prefect_secrets_call) == 8, \"planted\");",
    ] {
        let source = c.source("wrong.c", &format!("#include \"prefect_secrets.h\"\n{wrong}\n"));
        let output = c.compiler(&source).args(["-std=c11", "-fsyntax-only"]).arg(&source).output();
        assert!(!output.expect("a C compiler").status.success(), "{wrong}");
    }
}

#[test]
fn the_header_declares_what_is_defined_here_and_nothing_else() {
    let header = std::fs::read_to_string(workspace().join("include/prefect_secrets.h")).unwrap();
    let declared: BTreeSet<String> = header
        .split("PREFECT_SECRETS_API ")
        .skip(1)
        .filter_map(|rest| rest.split_once('('))
        .filter_map(|(head, _)| head.split([' ', '*', '\n']).rfind(|word| !word.is_empty()))
        .filter(|name| name.starts_with("prefect_secrets_"))
        .map(str::to_owned)
        .collect();
    let defined: BTreeSet<String> = exported().map(|function| function.name.to_owned()).collect();
    assert_eq!(declared, defined);
}
