//! SecretSpec's command line.

fn main() -> impl std::process::Termination {
    secretspec::cli::main()
}
