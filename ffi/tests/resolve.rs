//! `examples/resolve.c`, the host that the README shows.

mod support;

use prefect_secrets_testing::Home;
use support::{env_secret, example, passes};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn it_says_where_each_secret_comes_from() {
    let (home, resolve) = (Home::new(), example("resolve"));
    home.config("[context.secrets]\nIN_TOML = \"tomlish\"\n");
    let mut command = home.command(resolve.path());
    let output = passes(
        env_secret(&mut command, "IN_ENV", "envious").args(["IN_ENV", "IN_TOML", "NOWHERE"]),
    );
    let table = text(&output.stdout);
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "PROVIDER", "BYTES", "TIME"]);
    assert_eq!(rows[1][..3], ["IN_ENV", "env", "7"]);
    assert_eq!(rows[2][..3], ["IN_TOML", "toml", "7"]);
    assert_eq!(rows[3][..3], ["NOWHERE", "not", "found"]);
    assert_eq!(rows[4], ["env", "absent"]);
    assert_eq!(rows[5], ["toml", "absent"]);
    assert_eq!(rows[6][0], "cloud");
    assert_eq!(rows.len(), 7);
    // The columns stand one below the other.
    let widths: Vec<usize> = table.lines().take(4).map(str::len).collect();
    assert!(widths.iter().all(|&width| width == widths[0]), "{table}");
    assert!(!table.contains("tomlish") && !table.contains("envious"), "{table}");
}

#[test]
fn a_failure_is_a_row_and_a_message() {
    let (home, resolve) = (Home::new(), example("resolve"));
    home.config("[secrets]\nchain = [\"env\", \"missing\"]\n");
    let output = home.command(resolve.path()).arg("ANY").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("resolve: "), "{}", text(&output.stderr));
}

#[test]
fn without_a_name_it_says_how_it_is_used() {
    let output = Home::new().command(example("resolve").path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("usage"));
}
